"""The compiled form is the plain one: by the same functions under any compiler, and by numba where it is installed."""

import types
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings

from app.allocation import deferred_acceptance
from app.allocation.bundle import Bundle
from app.allocation.choices import Choice
from app.allocation.deferred_acceptance import Proposing, match, propose
from app.allocation.manifest import Header
from app.allocation.market import Columns, market_of
from app.allocation.tables import Applicant, Fallback, Programme, Reserve, sorted_tables
from app.bureau import compiled
from tests.allocation.instances import bundles, frozen

HEADER = Header("r1", ("level<", "ticket"), "per-applicant", "reserved-first", "fictitious")


def recompiled(asked: list[str]) -> Callable[[Any], Any]:
    """Not a compiler, but it takes and gives functions as one does, and notes which."""

    def compiler(function: Any) -> Any:
        asked.append(function.__name__)
        return function

    return compiler


def forms() -> Iterator[Proposing]:
    yield compiled.compiled_by(recompiled([]), lambda columns: columns)
    if (fast := compiled.proposing()) is not None:
        yield fast


def county(seed: int, children: int = 120, programmes: int = 7) -> Bundle:
    """Large enough that children are turned away down their fallbacks, with overlapping reserves."""
    chance = Random(seed)
    names = [f"P{number}" for number in range(programmes)]
    groups = [tuple(group for group in ("meal", "migrant") if chance.random() < 0.4) for _ in range(children)]
    return frozen(
        HEADER,
        sorted_tables(
            [Programme(name, 14) for name in names],
            [Reserve(name, at, group, 3) for name in names for at, group in enumerate(("meal", "migrant"), 1)],
            [
                Applicant(f"a{n:03}", "", groups[n], "F" if n % 5 else "", (9,) if n % 5 else ())
                for n in range(children)
            ],
            [
                Choice(f"a{n:03}", rank, name, (chance.randint(1, 4),))
                for n in range(children)
                for rank, name in enumerate(chance.sample(names, 3), 1)
            ],
            [Fallback("F", rank, name) for rank, name in enumerate(names, 1)],
            1,
        ),
    )


@pytest.mark.parametrize("seed", range(4))
def test_it_gives_the_same_to_the_last_bit(seed: int) -> None:
    market = market_of(county(seed))
    plain = propose(market.columns, market.tickets)
    for form in forms():
        assert form(market.columns, market.tickets) == (plain[0], list(plain[1]))
        assert match(market, form) == match(market)


@settings(max_examples=60, deadline=None)
@given(bundles(applicants=7))
def test_whatever_does_not_fit_is_left_to_the_plain_form(bundle: Bundle) -> None:
    market = market_of(bundle)
    for form in forms():
        assert match(market, form) == match(market)


def test_all_that_is_called_is_compiled_and_nothing_of_the_module_is_replaced() -> None:
    before, asked = dict(vars(deferred_acceptance)), list[str]()
    compiled.compiled_by(recompiled(asked), lambda columns: columns)
    assert dict(vars(deferred_acceptance)) == before and asked == list(compiled.FUNCTIONS)
    called = {name for function in asked for name in vars(deferred_acceptance)[function].__code__.co_names}
    functions = {name for name, held in before.items() if isinstance(held, types.FunctionType)}
    own = {name for name in functions if before[name].__module__ == deferred_acceptance.__name__}
    assert called & own <= {*asked}


def test_the_compiled_functions_call_each_other_and_not_the_plain_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    form = compiled.compiled_by(recompiled([]), lambda columns: columns)
    market = market_of(county(0))
    expected = propose(market.columns, None)

    def gone(*_: object) -> None:
        raise AssertionError("the plain function was called")

    for name in compiled.FUNCTIONS[:-1]:
        monkeypatch.setattr(deferred_acceptance, name, gone)
    assert form(market.columns, None) == (expected[0], list(expected[1]))


def test_without_numba_there_is_no_compiled_form() -> None:
    assert (compiled.proposing() is None) == (find_spec("numba") is None)
    assert isinstance(market_of(county(0)).columns, Columns)
