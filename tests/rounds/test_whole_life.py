"""A round from its plan to its end, with thirty fictitious children."""

from collections import Counter

from app.allocation.result import read_placements
from app.rounds import store, verification
from app.rounds.lifecycle import RoundStatus
from tests.rounds.life import Life
from tests.rounds.test_freeze import bundle_files

FORWARD = list(RoundStatus)


async def test_a_round_goes_from_planned_to_concluded_and_its_result_verifies(life: Life) -> None:
    await life.reach("concluded")
    row = await life.row()
    assert (row.status, row.draw_value, row.pass_number) == ("concluded", "4-0-7", 1)
    bundle = await bundle_files(life)
    run_id = (await life.sql("auditor", "SELECT id FROM allocation_run WHERE status = 'published'")).scalar_one()
    async with life.database.transaction(life.staff("auditor")) as session:
        result = await store.files_of_run(session, row.bureau, run_id)
    assert store.parsed(bundle, str(row.root)).draw is not None
    verdict = verification.verified(bundle, result)
    assert verdict.accepted and "applicants 30" in verdict.words
    placements = read_placements(result["placements.csv"])
    assert len(placements) == 30 and all(place.programme for place in placements)
    assert max(Counter(place.programme for place in placements).values()) <= 12
    unit = {r.applicant: r.lottery_unit for r in store.parsed(bundle, str(row.root)).tables.applicants}
    assert sorted(Counter(unit.values()).values())[-2:] == [1, 2]  # the twins share one


async def test_each_move_has_one_entry_in_the_journal_with_who_did_it_in_which_role(life: Life) -> None:
    await life.reach("concluded")
    entries = await life.sql(
        "auditor",
        "SELECT action, before, after, role, person FROM journal_entry WHERE bureau = :bureau AND object = :object"
        " ORDER BY id",
        object=f"round:{life.round}",
    )
    words = {status.value for status in RoundStatus} | {"absent"}
    moves = [entry for entry in entries if entry.before in words and entry.after in words]
    assert [move.after for move in moves] == [status.value for status in FORWARD]
    assert [move.before for move in moves] == ["absent", *(status.value for status in FORWARD[:-1])]
    roles = {move.after: move.role for move in moves}
    assert roles["published"] == "rules" and roles["frozen"] == "allocation" and roles["drawn"] == "approval"
    assert roles["verified"] == "worker" and roles["approved"] == "approval"
    drawn, approved = (next(m for m in moves if m.after == state) for state in ("drawn", "approved"))
    assert drawn.person == approved.person == life.staff("approval").person
