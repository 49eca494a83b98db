"""The matching against brute force over all assignments of small random instances, reserves included."""

from hypothesis import given, settings
from hypothesis import strategies as st

from app.allocation.bundle import Bundle
from app.allocation.deferred_acceptance import ask, choosing
from app.allocation.priorities import index_of, standings
from app.allocation.solver import solve
from tests.allocation.instances import bundles
from tests.allocation.plain import choice_of, is_stable, list_of, prefers, stable_matchings


def outcome(bundle: Bundle) -> dict[str, str | None]:
    return {row.applicant: row.programme or None for row in solve(bundle).placements}


@settings(max_examples=80, deadline=None)
@given(bundles(applicants=4))
def test_the_result_is_stable_and_nobody_fares_better_in_any_stable_matching(bundle: Bundle) -> None:
    result = outcome(bundle)
    others = list(stable_matchings(bundle))
    assert result in others
    for other in others:
        assert not any(prefers(bundle, name, other[name], result[name]) for name in result)


@settings(max_examples=60, deadline=None)
@given(bundles(applicants=12, programmes=4))
def test_a_larger_result_is_stable_and_names_rank_and_seat_rightly(bundle: Bundle) -> None:
    placements = solve(bundle).placements
    assert [row.applicant for row in placements] == sorted(row.applicant for row in bundle.tables.applicants)
    assert is_stable(bundle, outcome(bundle))
    for row in placements:
        if not row.programme:
            assert row[1:] == ("", None, "")
            continue
        assert [*list_of(bundle, row.applicant)].index(row.programme) + 1 == row.rank
        holders = [other.applicant for other in placements if other.programme == row.programme]
        assert row.seat == choice_of(bundle, row.programme, holders)[row.applicant]


@settings(max_examples=60, deadline=None)
@given(bundles(applicants=10, programmes=1), st.randoms(use_true_random=False))
def test_a_programme_chooses_alike_in_whatever_order_they_ask(bundle: Bundle, shuffler: object) -> None:
    names = [row.applicant for row in bundle.tables.applicants]
    askers = [index for index, name in enumerate(names) if "P0" in list_of(bundle, name)]
    shuffler.shuffle(askers)  # type: ignore[attr-defined]
    programme, standing = choosing(bundle)["P0"], standings(bundle)
    groups = [frozenset(row.groups) for row in bundle.tables.applicants]
    turned_away = []
    for index in askers:
        refused = ask(programme, standing(index, "P0", list_of(bundle, names[index])["P0"]), groups)
        turned_away += [] if refused is None else [names[index_of(refused)]]
    held = {names[index_of(s)]: step.seat for step in (*programme.steps, programme.rest) for s in step.held}
    assert held == choice_of(bundle, "P0", [names[index] for index in askers])
    assert sorted([*held, *turned_away]) == sorted(names[index] for index in askers)
