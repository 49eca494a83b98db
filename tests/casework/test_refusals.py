"""A refusal stands on the rules' own words, a sentence for this child, the remedies, and two persons."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from app.applications import casework
from app.applications.papers import PAPERS_DAYS, PAPERS_REQUESTED, papers_asked
from app.applications.refusal_letter import HEAD, lines_of, refusal_letter
from app.applications.remedies import REMEDIES, remedies
from app.casework import holding
from app.casework.lifecycle import Work
from app.clock import uuid7
from app.errors import ServiceError
from app.journal.service import body_digest
from app.messages.service import mark_read
from app.messages.vocabulary import kinds
from app.vault import Place, unseal
from tests.applications.office import Office
from tests.conftest import Api
from tests.county import MIGRANT, form

SENTENCE = "虚构说明：该家庭的居住证已于三月中断，补正期内未能续签。"
FIRST, SECOND = "casework", "casework-2"
TOLD = datetime(2026, 3, 31, 2, tzinfo=UTC)


async def refused_paper(office: Office) -> UUID:
    mine = await office.apply("parent-1", form(facts=MIGRANT))
    await office.check(mine, permit="refuse", home="confirm")
    return mine


async def case(api: Api, office: Office, who: str, mine: UUID) -> Any:
    headers = await api.sign_in(office.county.world.bureau, who)
    return (await api.client.get(f"/applications/{mine}/case", headers=headers)).json()


async def test_the_letter_names_the_rule_its_clause_the_sentence_and_the_remedies(api: Api, office: Office) -> None:
    mine = await refused_paper(office)
    assert (await case(api, office, "parent-1", mine))["letter"] is None
    await office.do(SECOND, casework.confirm_refusal, mine, SENTENCE)
    told = (await case(api, office, "parent-1", mine))["letter"]
    assert told["zh"][0] == HEAD["zh"] and SENTENCE in told["zh"] and SENTENCE in told["en"]
    assert any("居住证" in line and "《" in line for line in told["zh"][1:-4])
    assert [one["kind"] for one in told["remedies"]] == list(REMEDIES) == ["objection", "reconsideration", "suit"]
    assert {one["until"] for one in told["remedies"]} == {None} and told["known_at"] is None
    assert told["zh"][-3:] == [zh for zh, _ in REMEDIES.values()]
    assert told == (await case(api, office, "casework", mine))["letter"]


async def test_the_letter_is_sealed_and_its_digest_is_that_of_what_was_sealed(office: Office) -> None:
    mine = await refused_paper(office)
    await office.do(SECOND, casework.confirm_refusal, mine, SENTENCE)
    row = await office.last_decision(mine)
    assert SENTENCE.encode() not in row.letter
    [held] = await office.rows("SELECT child, bureau FROM application WHERE id = :id", id=mine)
    async with office.database.transaction(office.staff(FIRST)) as session:
        key = await office.vault.key_of(session, held.bureau, held.child)
    letter = unseal(key, row.letter, Place("decision", "letter", row.id))
    assert body_digest(letter).hex() == row.letter_digest


@pytest.mark.parametrize("copied", ["zh", "en", "rule"])
async def test_a_sentence_that_only_copies_the_letter_is_refused(office: Office, copied: str) -> None:
    mine = await refused_paper(office)
    [row] = await office.rows("SELECT child, bureau FROM application WHERE id = :id", id=mine)
    last = await office.last_decision(mine)
    async with office.database.transaction(office.staff(FIRST)) as session:
        key = await office.vault.key_of(session, row.bureau, row.child)
    trace = unseal(key, last.trace, Place("decision", "trace", last.id))
    words = {
        "zh": HEAD["zh"].replace("，", " ,"),
        "en": REMEDIES["suit"][1].upper(),
        "rule": trace[0]["decision"]["reasons"][0]["zh"],
    }
    with pytest.raises(ServiceError, match=r"application\.sentence_not_individual"):
        await office.do(SECOND, casework.confirm_refusal, mine, words[copied])
    assert await office.outcome(mine) == "refusal_proposed"


async def test_whoever_refused_the_paper_does_not_answer_for_the_refusal(office: Office) -> None:
    mine = await refused_paper(office)
    with pytest.raises(ServiceError, match=r"application\.second_look"):
        await office.do(FIRST, casework.confirm_refusal, mine, SENTENCE)
    await office.do(SECOND, casework.confirm_refusal, mine, SENTENCE)


async def test_a_refusal_that_a_colleague_has_taken_is_the_colleagues(office: Office) -> None:
    office.county.world.staff["third"] = await office.county.world.hire("third", office.county.world.bureau, FIRST)
    mine = await refused_paper(office)
    await office.do(SECOND, holding.take, mine, Work.REFUSAL, sealed=False)
    with pytest.raises(ServiceError, match=r"casework\.held_by_another"):
        await office.do("third", casework.confirm_refusal, mine, SENTENCE)
    await office.do(SECOND, casework.confirm_refusal, mine, SENTENCE)


async def test_the_family_does_not_read_what_one_officer_proposes_to_the_other(api: Api, office: Office) -> None:
    mine = await office.apply("parent-1", form(facts=MIGRANT))
    await office.do(FIRST, casework.propose_refusal, mine, SENTENCE)
    for who, reason in (("parent-1", None), (SECOND, SENTENCE)):
        headers = await api.sign_in(office.county.world.bureau, who)
        told = (await api.client.get(f"/applications/{mine}", headers=headers)).json()
        assert (told["outcome"], told["decision"]["reason"]) == ("refusal_proposed", reason)


async def undetermined(office: Office) -> UUID:
    """In a round that is no demonstration all is checked, and the registration is not shown: papers are asked for."""
    real = uuid7()
    await office.rows(
        "INSERT INTO admission_round SELECT (jsonb_populate_record(r, jsonb_build_object("
        "'id', CAST(:real AS uuid), 'code', 'fict-real', 'demonstration', false))).*"
        " FROM admission_round r RETURNING id",
        who="rules",
        real=real,
    )
    office.county.round = real
    parent = office.county.world.staff["parent"] = await office.county.parent("parent-1")
    mine = await office.apply(parent, form(preferences=[]))
    await office.check(mine, home="confirm", registration="refuse")
    return mine


async def test_nobody_proposes_to_refuse_before_the_family_knew_and_had_its_time(api: Api, office: Office) -> None:
    mine = await undetermined(office)
    papers = (await case(api, office, "parent-1", mine))["papers"]
    assert (papers["kinds"], papers["known_at"], papers["until"]) == (["registration"], None, None)
    with pytest.raises(ServiceError, match=r"application\.papers_time_runs"):
        await office.do(FIRST, casework.propose_refusal, mine, SENTENCE)
    parent = office.county.world.staff["parent"]
    [told] = await office.rows("SELECT id FROM message WHERE kind = 'papers_requested'")
    await office.do(parent, mark_read, told.id, sealed=False)
    async with office.database.transaction(parent) as session:
        known = await papers_asked(session, parent.bureau, mine, demonstration=True)
    assert known is not None and known.known_at is not None and known.until is not None
    assert known.until - known.known_at >= timedelta(days=13)  # ten working days take two weekends
    assert known.runs(known.until - timedelta(seconds=1)) and not known.runs(known.until)


async def test_a_demonstration_waits_for_nobody(office: Office) -> None:
    mine = await office.apply("parent-1", form())
    await office.check(mine, home="confirm", registration="refuse")
    await office.do(FIRST, casework.propose_refusal, mine, SENTENCE)
    assert await office.outcome(mine) == "refusal_proposed"


def test_the_clocks_of_the_remedies_begin_with_the_notice() -> None:
    unknown = remedies(None, demonstration=False)
    assert [one.until for one in unknown] == [None, None, None]
    until = {one.kind: one.until for one in remedies(TOLD, demonstration=False)}
    county = {kind: end.isoformat() for kind, end in until.items() if end is not None}
    assert county == {
        "objection": "2026-04-09T00:00:00+08:00",
        "reconsideration": "2026-05-31T00:00:00+08:00",
        "suit": "2026-10-01T00:00:00+08:00",
    }
    leap = {one.kind: one.until for one in remedies(datetime(2025, 8, 31, 1, tzinfo=UTC), demonstration=True)}
    assert leap["suit"] is not None and (leap["suit"] - timedelta(seconds=1)).date().isoformat() == "2026-02-28"


def test_a_letter_without_a_rule_says_so_and_an_empty_sentence_is_none() -> None:
    letter = refusal_letter([], SENTENCE)
    assert letter["rules"] == [] and lines_of(letter, "zh")[1] == SENTENCE
    for blank in ("", "   ", "短"):
        with pytest.raises(ServiceError, match=r"application\.reason_missing"):
            refusal_letter([], blank)


def test_the_message_says_the_days_that_are_given() -> None:
    kind = kinds()[PAPERS_REQUESTED]
    assert all(f"{PAPERS_DAYS}" in words for words in (kind.zh, kind.en, kind.sms))
