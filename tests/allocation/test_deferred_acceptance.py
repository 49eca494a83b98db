"""The matching against brute force over all assignments of small random instances, reserves included."""

from hypothesis import given, settings

from app.allocation.bundle import Bundle
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
@given(bundles(applicants=10, programmes=1))
def test_the_only_programme_chooses_among_all_who_list_it(bundle: Bundle) -> None:
    askers = [row.applicant for row in bundle.tables.applicants if "P0" in list_of(bundle, row.applicant)]
    held = {row.applicant: row.seat for row in solve(bundle).placements if row.programme}
    assert held == choice_of(bundle, "P0", askers)
