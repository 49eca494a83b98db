"""The order within the year on small instances: against all assignments, and whatever the order of asking."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from app.applications.queries import Applicant, Arrival
from app.offers.placement_order import Asked, Part, Vacancy, assign, order_of, standing_at
from app.schools.queries import CommunityPlace, Geography, SchoolPlace

FIRST = datetime(2026, 10, 22, tzinfo=UTC)
GEOGRAPHY = Geography(
    {"c1": CommunityPlace("t1", 0, 0, "c1")},
    {
        "own": SchoolPlace("own", "t1", "A", 300, 0, "public"),
        "group": SchoolPlace("group", "t2", "A", 9_000, 0, "public"),
        "town": SchoolPlace("town", "t1", "", 2_000, 0, "public"),
        "near": SchoolPlace("near", "t2", "", 100, 0, "public"),
        "far": SchoolPlace("far", "t3", "", 40_000, 0, "public"),
        "private": SchoolPlace("private", "t1", "", 50, 0, "private"),
    },
)
PROGRAMMES = [Vacancy(f"p-{school}", school, 3, 1) for school in GEOGRAPHY.schools]
ORDER = ("level<", "points>", "ticket")


def arrival(**changes: object) -> Arrival:
    keys = {"level": 12, "points": 5}
    plain = Applicant(
        UUID(int=1), UUID(int=2), b"reference", None, (), "c1", None, False, "local", {}, keys, (), (), "-", "-"
    )
    return Arrival(replace(plain, **changes), 3, FIRST)  # type: ignore[arg-type]


def schools(child: Arrival, declined: tuple[str, ...] = ()) -> list[tuple[str, Part]]:
    return [(one.vacancy.school, one.part) for one in order_of(child, PROGRAMMES, GEOGRAPHY, ("own",), ORDER, declined)]


def test_right_then_wishes_then_consortium_or_town_then_everybody_from_near_to_far() -> None:
    assert schools(arrival()) == [
        ("own", Part.RIGHT),
        ("town", Part.CONSORTIUM),
        ("group", Part.CONSORTIUM),
        ("near", Part.COORDINATED),
        ("far", Part.COORDINATED),
    ]
    wished = schools(arrival(preferences=("p-private", "p-far")), ("p-own",))
    assert wished[:3] == [("private", Part.WISH), ("far", Part.WISH), ("town", Part.CONSORTIUM)]
    assert order_of(replace(arrival(), grade=4), PROGRAMMES, GEOGRAPHY, ("own",), ORDER, ()) == []


def test_among_rights_what_the_family_asked_for_is_asked_first() -> None:
    child = arrival(rights={"far": {"level": 1, "points": 5}}, sibling_school="far", claimed=("far",))
    asked = order_of(child, PROGRAMMES, GEOGRAPHY, ("own", "far"), ORDER, ())
    assert [one.vacancy.school for one in asked][:2] == ["far", "own"]


def test_keys_come_before_the_bound_and_the_bound_before_the_reference() -> None:
    child = arrival(rights={"own": {"level": 1, "points": 5}})
    assert standing_at(child, "own", ORDER)[0] == (1, -5) and standing_at(child, "far", ORDER)[0] == (12, -5)
    later = replace(child, place_by=FIRST + timedelta(1))
    assert standing_at(child, "far", ORDER) < standing_at(later, "far", ORDER)
    assert standing_at(arrival(keys_elsewhere={"level": 12, "points": 9}), "far", ORDER) < standing_at(
        child, "far", ORDER
    )


Lists = dict[UUID, list[Asked]]


@st.composite
def markets(draw: st.DrawFn) -> Lists:
    free = [Vacancy(name, name, 3, draw(st.integers(0, 2))) for name in "abc"]
    made: Lists = {}
    for number in range(draw(st.integers(1, 4))):
        listed = draw(st.permutations(free))[: draw(st.integers(0, 3))]
        reference = bytes([number])
        made[UUID(int=number)] = [
            Asked(one, Part.RIGHT, 0, ((draw(st.integers(0, 2)),), draw(st.booleans()), 0, reference)) for one in listed
        ]
    return made


def envied(orders: Lists, places: dict[UUID, int]) -> bool:
    """Somebody would rather have a place that is free, or that went to one who stands after it."""
    for application, order in orders.items():
        for asked in order[: places.get(application, len(order))]:
            holders = [
                orders[other][at].standing
                for other, at in places.items()
                if orders[other][at].vacancy.programme == asked.vacancy.programme
            ]
            if len(holders) < asked.vacancy.vacancies or any(asked.standing < holder for holder in holders):
                return True
    return False


def feasible(orders: Lists, places: dict[UUID, int]) -> bool:
    taken = [orders[application][at].vacancy for application, at in places.items()]
    return all(taken.count(vacancy) <= vacancy.vacancies for vacancy in taken)


@settings(max_examples=150, deadline=None)
@given(markets())
def test_nobody_has_cause_for_envy_and_nobody_could_do_better_without_it(orders: Lists) -> None:
    found = assign(orders)
    assert feasible(orders, found) and not envied(orders, found)
    assert assign(dict(reversed(orders.items()))) == found
    choices = [range(len(order) + 1) for order in orders.values()]
    for pick in product(*choices):
        other = {name: at for name, at in zip(orders, pick, strict=True) if at < len(orders[name])}
        if feasible(orders, other) and not envied(orders, other):
            assert all(found.get(name, len(order)) <= other.get(name, len(order)) for name, order in orders.items())
