"""What does not hold, each by an instance kept as a file and told in `docs/allocation.md`."""

from pathlib import Path

import pytest

from app.allocation.solver import solve
from tests.allocation.properties.second_method import best_fixed_point, sides_of
from tests.allocation.properties.written import COUNTEREXAMPLES, Fields, bundle_of, cases

NAMES = sorted(file.stem for file in COUNTEREXAMPLES.glob("*.toml"))
TOLD = Path(__file__).resolve().parents[3] / "docs" / "allocation.md"


def results(name: str) -> list[dict[str, str]]:
    """Of each case, as the solver finds them, once they are known to be what the file says."""
    found = []
    for fields in cases(name).values():
        bundle = bundle_of(fields)
        result = {row.applicant: row.programme for row in solve(bundle).placements if row.programme}
        assert result == fields["result"] == best_fixed_point(sides_of(bundle)), fields["name"]
        found.append(result)
    return found


def rank(fields: Fields, name: str, result: dict[str, str]) -> int:
    """In the list that the file gives for all cases, which is the true one; a place that is not listed counts last."""
    one: list[str] = fields["lists"][name]
    return one.index(result[name]) if result.get(name) in one else len(one)


def true(name: str) -> Fields:
    return next(iter(cases(name).values()))


@pytest.mark.parametrize("name", NAMES)
def test_each_file_says_what_the_solver_finds_and_is_told(name: str) -> None:
    assert len(results(name)) > 1
    assert f"`{name}.toml`" in TOLD.read_text("utf-8")


def test_under_a_cap_leaving_out_a_school_that_one_likes_better_gains_a_place() -> None:
    _, truthful, left_out = results("cap_on_choices")
    assert all(len(fields["lists"]["z"]) <= 2 for fields in [*cases("cap_on_choices").values()][1:])
    assert rank(true("cap_on_choices"), "z", left_out) < rank(true("cap_on_choices"), "z", truthful)


def test_where_a_first_choice_counts_listing_the_second_first_gains() -> None:
    fields = true("first_choice_first")
    apart, truthful, otherwise = results("first_choice_first")
    assert rank(fields, "z", otherwise) < rank(fields, "z", truthful)
    assert rank(fields, "z", apart) == rank(fields, "z", otherwise)


def test_another_assignment_is_better_for_two_and_worse_for_none_but_its_third_has_justified_envy() -> None:
    fields = true("efficiency")
    stable, exchanged = results("efficiency")
    assert [rank(fields, a, exchanged) - rank(fields, a, stable) for a in ("i1", "i2", "i3")] == [-1, -1, 0]
    assert rank(fields, "i3", {"i3": "s1"}) < rank(fields, "i3", exchanged)
    order = fields["orders"]["s1"]
    assert order.index("i3") < order.index("i2") and exchanged["i2"] == "s1"


def test_a_reserve_leaves_its_group_worse() -> None:
    fields = true("larger_reserve")
    before, after = results("larger_reserve")
    changes = {a: rank(fields, a, after) - rank(fields, a, before) for a in fields["groups"]}
    assert changes == {"x": 0, "y": 1}


def test_other_children_get_in_where_the_order_of_seats_or_of_reserves_is_turned() -> None:
    for name in ("order_of_reserves", "precedence"):
        one, other = results(name)
        assert len(one) == len(other) and one.keys() != other.keys()


def test_fewer_are_placed_than_could_be() -> None:
    fewer, more = results("not_as_many_as_possible")
    assert len(fewer) < len(more)


def test_settling_early_is_worse_than_waiting_and_no_worse_than_before() -> None:
    fields = true("settling_early")
    before, waited, settled = results("settling_early")
    assert rank(fields, "y", waited) < rank(fields, "y", settled) == rank(fields, "y", before)
