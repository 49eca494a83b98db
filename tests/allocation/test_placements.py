"""placements.csv read back, and refused where a row is none."""

import pytest
from hypothesis import given, settings

from app.allocation.bundle import Bundle
from app.allocation.result import read_placements, render_result
from app.allocation.solver import solve
from app.allocation.text import Refused
from tests.allocation.instances import bundles

HEADER = "applicant,programme,rank,seat\n"


@settings(max_examples=30, deadline=None)
@given(bundles())
def test_placements_are_read_as_they_were_written(bundle: Bundle) -> None:
    result = solve(bundle)
    assert read_placements(render_result(result)["placements.csv"]) == result.placements


@pytest.mark.parametrize("row", ["x,A,1,", "x,A,,open", "x,,1,open", "x,A,0,open", "x,A,1,closed", "x,A,1,reserve:"])
def test_a_row_that_is_no_placement_is_refused(row: str) -> None:
    with pytest.raises(Refused, match=r"placements\.csv line 3"):
        read_placements(f"{HEADER}w,,,\n{row}\n".encode())
