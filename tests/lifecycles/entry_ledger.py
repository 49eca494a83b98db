"""What must hold over all rounds of an entry together, beside what holds of each (ledger.py)."""

from collections import Counter

from app.applications.entry import GAVE_UP as GAVE_UP_IN_ENTRY
from tests.county import SCHOOLS
from tests.lifecycles import ledger
from tests.lifecycles.entry import PRIVATE_SEATS, PUBLIC, Entry

LAST_LEVEL = 13  # [gave_up] of the ruleset


async def holds(entry: Entry) -> None:
    """Everything, of each round and of all."""
    for name, story in entry.rounds.items():
        await ledger.nobody_is_lost(story)
        await ledger.the_published_list_is_the_ledger(story)
        if name != "private":  # nobody is owed a place there
            await ledger.every_child_has_a_place_or_an_open_case(story)
    await ledger.nobody_holds_two_places(entry.main)
    await no_school_is_overfull(entry)
    await whoever_is_put_off_has_no_place(entry)
    for name in await _never_frozen(entry):
        await who_gave_a_private_place_up_ranks_last(entry, name)


async def no_school_is_overfull(entry: Entry) -> None:
    """In all rounds together as many children as the plan has seats, but for the places that two persons recorded as
    above them."""
    rows = await entry.main.sql(
        "casework",
        "SELECT o.school, o.seat, e.id FROM offer o LEFT JOIN offer_exception e ON e.bureau = o.bureau AND e.id = o.id"
        " WHERE o.status = ANY (:seats)",
        seats=list(ledger.SEATS),
    )
    found = rows.all()
    assert all((row.id is not None) == (row.seat in ("exception", "redress")) for row in found)
    held = Counter(row.school for row in found if row.id is None)
    plan = dict(zip(SCHOOLS, entry.main.seats, strict=True)) | {"m1": PRIVATE_SEATS}
    assert all(held[school] <= seats for school, seats in plan.items()), (held, plan)


async def whoever_is_put_off_has_no_place(entry: Entry) -> None:
    rows = await entry.main.sql(
        "casework",
        "SELECT o.id FROM offer o JOIN application a ON a.bureau = o.bureau AND a.child = o.child"
        " WHERE a.outcome = 'deferred' AND o.status = ANY (:seats)",
        seats=list(ledger.SEATS),
    )
    assert rows.all() == []


async def _never_frozen(entry: Entry) -> list[str]:
    """The public rounds that take every decision at once; one that has been frozen is asked at its next freeze."""
    found = await entry.main.sql("allocation", "SELECT DISTINCT round FROM bundle WHERE bureau = :bureau")
    frozen = {*found.scalars()}
    return [name for name in PUBLIC if name in entry.rounds and entry.rounds[name].round not in frozen]


async def who_gave_a_private_place_up_ranks_last(entry: Entry, name: str) -> None:
    """In the decision that counts in this public round, unless two persons have made it; and nobody else does."""
    rows = (await entry.main.sql("casework", LEVELS, round=entry.rounds[name].round)).all()
    children = {"stage": "primary", "year": 2026, "children": [row.child for row in rows]}
    gave_up = {*(await entry.main.sql("casework", GAVE_UP_IN_ENTRY.text, **children)).scalars()}
    for row in rows:
        assert (min(row.levels) == LAST_LEVEL) == (row.child in gave_up), row


LEVELS = """
    SELECT DISTINCT ON (a.id) a.id, a.child,
        ARRAY(SELECT (keys ->> 'level')::int FROM jsonb_each(d.rights || jsonb_build_object('', d.keys_elsewhere))
              AS right_at(school, keys)) AS levels
    FROM application a JOIN decision d ON d.bureau = a.bureau AND d.application = a.id
    WHERE a.round = :round AND a.status = 'submitted' AND a.outcome = 'eligible' AND d.reason IS NULL
    ORDER BY a.id, d.number DESC
"""
