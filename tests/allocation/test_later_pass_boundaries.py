"""A later pass at its edges: what is refused, and seats that stay as they are."""

import pytest

from app.allocation.bundle import parse_bundle
from app.allocation.later_pass import later_pass
from app.allocation.result import Placement
from app.allocation.solver import solve
from tests.allocation.drafts import draft

PARENT = parse_bundle(draft().sealed())
PLACEMENTS = solve(PARENT).placements


@pytest.mark.parametrize(
    ("left", "settled", "capacities", "reason"),
    [
        (["w"], [], {}, "must name applicants of the parent only"),
        (["x", "w"], [], {}, "must name applicants of the parent only"),
        ([], ["x", "w"], {}, "must name applicants of the parent only"),
        (["x", "y"], ["y"], {}, "must not share an applicant"),
        ([], [], {"A": 1}, "capacities: A must be the parent's"),
        ([], [], {"A": 2, "B": 0}, "capacities: B must be the parent's"),
        ([], [], {"C": 1}, "capacities: C must be the parent's"),
        ([], [], {"C": 0}, "capacities: C must be the parent's"),
    ],
)
def test_what_is_not_the_parents_is_refused(
    left: list[str], settled: list[str], capacities: dict[str, int], reason: str
) -> None:
    with pytest.raises(ValueError, match=reason):
        later_pass(PARENT, PLACEMENTS, left, settled, capacities)


def test_whoever_has_no_place_cannot_hold_one() -> None:
    unplaced = [Placement("x"), *PLACEMENTS[1:]]
    with pytest.raises(ValueError, match="with a place in the parent's result only"):
        later_pass(PARENT, unplaced, [], ["x", "y"], {})
    with pytest.raises(ValueError, match="must name applicants of the parent only"):
        later_pass(PARENT, [*PLACEMENTS, Placement("w", "A", 1, "open")], [], [], {})
    with pytest.raises(ValueError, match="on the applicants' own lists only"):
        later_pass(PARENT, [*PLACEMENTS[:2], Placement("z", "A", 1, "open")], [], ["z"], {})
    with pytest.raises(ValueError, match="on the applicants' own lists only"):
        later_pass(PARENT, [*PLACEMENTS[:2], Placement("z", "C", 1, "open")], [], ["z"], {})


def test_an_unplaced_stranger_is_no_matter_and_equal_seats_are_allowed() -> None:
    made = later_pass(PARENT, [*PLACEMENTS, Placement("w")], [], [], {"A": 2, "B": 1})
    assert (made.tables, made.draw) == (PARENT.tables, PARENT.draw)
    assert (made.header.parent, made.header.families) == (PARENT.manifest, None)
