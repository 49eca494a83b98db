"""One result, whatever the order of rows and the seed of Python's hashes."""

import random
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from app.allocation.bundle import Bundle, parse_bundle
from app.allocation.result import render_result
from app.allocation.solver import solve
from tests.allocation.drafts import Draft
from tests.allocation.instances import bundles, files_of
from tests.allocation.running import run_solve
from tests.allocation.test_vectors import VECTORS

RESULTS = ("placements.csv", "cutoffs.csv", "deficit.json")


def shuffled(data: bytes, seed: int) -> bytes:
    header, *rows = data.splitlines(keepends=True)
    random.Random(seed).shuffle(rows)
    return header + b"".join(rows)


def permuted(bundle: Bundle, seed: int) -> Bundle:
    """The same rows in another order, drawn with the same root: only a later pass may carry that."""
    draw = {"root": "1" * 64, "value": "4-0-7"}
    header = bundle.header
    made = Draft(tables={name: shuffled(data, seed) for name, data in files_of(bundle).items() if name[-1] == "v"})
    made.manifest |= {name: getattr(header, name) for name in ("round", "order", "ticket", "reserves")}
    made.manifest |= {"parent": "2" * 64} | ({"draw": draw} if bundle.draw else {})
    if bundle.draw is None:
        del made.manifest["draw_name"]
    return parse_bundle(made.sealed())


@settings(max_examples=60, deadline=None)
@given(bundles(applicants=8), st.integers(0, 2**32))
def test_rows_in_any_order_give_the_same_result(bundle: Bundle, seed: int) -> None:
    one, two = (render_result(solve(permuted(bundle, number))) for number in (seed, seed + 1))
    assert {name: one.get(name) for name in RESULTS} == {name: two.get(name) for name in RESULTS}


def test_the_seed_of_hashes_changes_no_byte(tmp_path: Path) -> None:
    for seed in (1, 2, 3):
        assert run_solve(VECTORS / "233", "--out", tmp_path / str(seed), hash_seed=seed).returncode == 0
        for name in (*RESULTS, "result.json"):
            assert (tmp_path / str(seed) / name).read_bytes() == (VECTORS / "233" / name).read_bytes()
