"""A later pass: made as the format says, and nobody who stays is worse off."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.allocation.bundle import Bundle, parse_bundle, render_bundle
from app.allocation.choices import Choice, choices_of
from app.allocation.later_pass import LaterPass, later_pass
from app.allocation.result import Placement
from app.allocation.solver import solve
from app.allocation.tables import Applicant
from tests.allocation.drafts import draft
from tests.allocation.instances import bundles
from tests.allocation.plain import list_of, prefers

PARENT = parse_bundle(draft().sealed())
PLACEMENTS = solve(PARENT).placements


def frozen(made: LaterPass) -> Bundle:
    return parse_bundle(render_bundle(made.header, made.tables, made.draw))


def places(placements: tuple[Placement, ...]) -> dict[str, str | None]:
    return {row.applicant: row.programme or None for row in placements}


@settings(max_examples=100, deadline=None)
@given(bundles(applicants=9), st.data())
def test_nobody_who_stays_is_worse_off(parent: Bundle, data: st.DataObject) -> None:
    before = places(solve(parent).placements)
    left = data.draw(st.sets(st.sampled_from(sorted(before))))
    stay = [name for name in before if name not in left]
    settled = [name for name in stay if before[name] and data.draw(st.booleans())]
    more = {name: seats + data.draw(st.integers(0, 1)) for name, seats in parent.tables.programmes}
    child = frozen(later_pass(parent, solve(parent).placements, left, settled, more))
    after = places(solve(child).placements)
    assert sorted(after) == stay
    for name in stay:
        assert not prefers(parent, name, before[name], after[name])
        if name in settled:
            assert after[name] == before[name]
            assert [*list_of(child, name).items()] == [(before[name], list_of(parent, name)[before[name] or ""])]


@settings(max_examples=100, deadline=None)
@given(bundles(applicants=9), st.data())
def test_the_columns_are_those_of_the_rows_taken_one_by_one(parent: Bundle, data: st.DataObject) -> None:
    before = places(solve(parent).placements)
    left = data.draw(st.sets(st.sampled_from(sorted(before))))
    settled = {name for name in before if name not in left and before[name] and data.draw(st.booleans())}
    made = later_pass(parent, solve(parent).placements, left, settled, {}).tables
    rows = [row for row in parent.tables.choices if row.applicant not in left | settled]
    for name in settled:
        programme = before[name] or ""
        rows.append(Choice(name, 1, programme, tuple(list_of(parent, name)[programme])))
    assert list(made.choices) == sorted(rows)
    assert made.choices == choices_of(
        rows,
        [row.applicant for row in made.applicants],
        [row.programme for row in made.programmes],
        len(parent.header.keys),
    )


def test_who_left_is_gone_who_settled_has_one_choice_and_the_rest_is_as_it_was() -> None:
    assert places(PLACEMENTS) == {"x": "A", "y": "A", "z": "B"}
    made = later_pass(PARENT, PLACEMENTS, left=["z"], settled=["y"], capacities={"B": 3}, families="f" * 64)
    assert made.header == replace(PARENT.header, parent=PARENT.manifest, families="f" * 64)
    assert made.draw == PARENT.draw
    assert dict(made.tables.programmes) == {"A": 2, "B": 3}
    assert (made.tables.reserves, made.tables.fallbacks) == (PARENT.tables.reserves, PARENT.tables.fallbacks)
    assert made.tables.applicants == (
        Applicant("x", "", (), "F", (1, 10)),
        Applicant("y", "twins", ("migrant", "sibling:A"), "", ()),
    )
    assert tuple(made.tables.choices) == (
        Choice("x", 1, "A", (1, 10)),
        Choice("x", 2, "B", (3, 0)),
        Choice("y", 1, "A", (2, -5)),
    )
    assert frozen(made).draw == PARENT.draw


def test_the_families_root_of_the_parent_is_not_carried_over() -> None:
    parent = replace(PARENT, header=replace(PARENT.header, families="f" * 64))
    assert later_pass(parent, PLACEMENTS, [], [], {}).header.families is None


@pytest.mark.parametrize(
    ("left", "settled", "capacities", "placements", "reason"),
    [
        (["w"], [], {}, PLACEMENTS, "must name applicants of the parent"),
        ([], ["w"], {}, PLACEMENTS, "must name applicants of the parent"),
        ([], [], {}, (Placement("w", "A", 1, "open"),), "must name applicants of the parent"),
        (["x"], ["x"], {}, PLACEMENTS, "must not share"),
        ([], ["x"], {}, (Placement("x"),), "with a place"),
        ([], ["z"], {}, (Placement("z", "A", 1, "open"),), "on the applicants' own lists"),
        ([], [], {"A": 1}, PLACEMENTS, "not smaller"),
        ([], [], {"C": 1}, PLACEMENTS, "must be the parent's"),
    ],
)
def test_a_pass_that_contradicts_its_parent_is_refused(
    left: list[str], settled: list[str], capacities: dict[str, int], placements: tuple[Placement, ...], reason: str
) -> None:
    with pytest.raises(ValueError, match=reason):
        later_pass(PARENT, placements, left, settled, capacities)
