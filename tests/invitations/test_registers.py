"""Four registers become one list of children: each once, wrong files refused by line and field, doubts for a person."""

from datetime import date

import pytest

from app.errors import ServiceError
from app.invitations import like_pairs, register
from app.invitations.models import Verdict
from app.invitations.register_file import Source
from tests.applications.office import Office
from tests.invitations.registers import bring, child, csv_of, invite, listed, number_of, try_out

REASONS = {"birth_of_number"}
PERMITS, BIRTHS = Source.PERMITS, Source.BIRTHS
KINDERGARTEN, REGISTRATIONS = Source.KINDERGARTEN_LEAVERS, Source.REGISTRATIONS


async def test_a_child_of_four_registers_is_one_child_with_four_origins(office: Office) -> None:
    for source in (BIRTHS, REGISTRATIONS, KINDERGARTEN, PERMITS):
        done = await bring(office, source, child(1))
        assert (done.rows, done.added, done.told) == (1, int(source is BIRTHS), int(source is not BIRTHS))
    await invite(office)
    [line] = await listed(office)
    assert line.sources == ("births", "kindergarten_leavers", "permits", "registrations")
    assert line.child == "虚****" and await office.rows("SELECT count(*) AS n FROM expected_child") == [(1,)]


async def test_the_register_that_knows_best_says_where_the_child_lives_whichever_came_first(office: Office) -> None:
    await bring(office, KINDERGARTEN, child(1, community="c3"))
    await invite(office)
    await bring(office, BIRTHS, child(1, community="c1"))
    assert [line.community for line in await listed(office)] == ["c3"]
    await bring(office, PERMITS, child(1, community="c2"))
    assert [line.community for line in await listed(office)] == ["c2"]
    shown = await office.rows(
        "SELECT i.schools, k.schools AS held FROM invitation i JOIN subject_key k ON k.id = expected"
    )
    assert shown == [(["t1"], ["t1"])]


@pytest.mark.parametrize(
    ("changes", "reason", "column"),
    [
        ({"number": "990424202003150011"}, "number_wrong", "number"),
        ({"number": number_of(1, date(2020, 3, 16))}, "birth_of_number", "born_on"),
        ({"guardian_number": "99042419900501001"}, "number_wrong", "guardian_number"),
        ({"community": "c9"}, "unknown_community", "community"),
        ({"name": "=虚构"}, "formula", "name"),
        ({"sex": "x9"}, "choice", "sex"),
        ({"born_on": ""}, "required", "born_on"),
        ({"since": "2023-13-01"}, "date", "since"),
    ],
)
async def test_a_wrong_line_refuses_the_file_by_line_and_field_and_repeats_no_cell(
    office: Office, changes: dict[str, str], reason: str, column: str
) -> None:
    data = csv_of(KINDERGARTEN, child(7), child(1) | changes)
    shown = await try_out(office, KINDERGARTEN, data)
    assert [(one.reason, one.line, one.column) for one in shown.problems] == [(reason, 3, column)]
    assert shown.digest is None
    with pytest.raises(ServiceError, match=r"schools\.import_refused") as refused:
        await office.do("registrar", register.apply, shown.file, "0" * 64)
    assert not any(str(value) in str(refused.value.details) for value in changes.values() if value)
    assert await office.rows("SELECT id FROM expected_child") == []


async def test_what_was_not_tried_out_is_not_applied_and_another_duty_imports_nothing(office: Office) -> None:
    shown = await try_out(office, BIRTHS, csv_of(BIRTHS, child(1)))
    await bring(office, PERMITS, child(1))
    with pytest.raises(ServiceError, match=r"schools\.import_changed"):
        await office.do("registrar", register.apply, shown.file, shown.digest)
    with pytest.raises(ServiceError, match=r"access\.forbidden"):
        await office.do("casework", register.dry_run, shown.file)


async def test_a_child_without_a_number_is_itself_in_its_register_and_a_question_in_another(office: Office) -> None:
    unnumbered = child(1, number="")
    assert (await bring(office, BIRTHS, unnumbered)).alike == 0
    assert (await bring(office, BIRTHS, unnumbered)).told == 1
    done = await bring(office, PERMITS, child(1, community="c2"))
    assert (done.added, done.alike) == (1, 1)
    await invite(office)
    [pair] = await office.do("casework", like_pairs.unsettled_pairs, 9)
    assert (pair.first.name, pair.first.has_number, pair.second.has_number) == ("虚****", False, True)
    await office.do("casework", like_pairs.settle_pair, pair.id, Verdict.SAME)
    assert await office.do("casework", like_pairs.unsettled_pairs, 9) == []
    stands, ended = sorted(await listed(office), key=lambda line: line.status != "open")
    assert (stands.sources, stands.community, ended.status) == (("births", "permits"), "c2", "listed_twice")
    with pytest.raises(ServiceError, match=r"invitation\.pair_settled"):
        await office.do("casework", like_pairs.settle_pair, pair.id, Verdict.DIFFERENT)
    # The register of births goes on telling of the child that it turned out to be.
    assert ((await bring(office, BIRTHS, unnumbered)).told, await invite(office)) == (1, (0, 0, 1))


async def test_two_children_of_one_name_and_day_stay_two_where_a_person_says_so_or_numbers_do(office: Office) -> None:
    await bring(office, BIRTHS, child(1, name="虚构同名"), child(2, name="虚构同名"))
    assert (await bring(office, PERMITS, child(3, name="虚构同名"))).alike == 0
    done = await bring(office, KINDERGARTEN, child(4, name="虚构同名", number=""))
    assert done.alike == 3
    for pair in await office.do("casework", like_pairs.unsettled_pairs, 9):
        await office.do("casework", like_pairs.settle_pair, pair.id, Verdict.DIFFERENT)
    assert await invite(office) == (4, 0, 0)


async def test_names_and_numbers_stand_nowhere_in_clear(office: Office) -> None:
    await bring(office, BIRTHS, child(1))
    await invite(office)
    for table in ("expected_child", "invitation", "journal_entry"):
        for row in await office.rows(f"SELECT * FROM {table}", "auditor"):
            assert not any(secret in str(tuple(row)) for secret in (number_of(1), "虚构儿童1", "虚构家长甲", "138001"))
