"""Hypothesis strategies for facts, read off the types of the dataclasses; dates crowd around the thresholds."""

from dataclasses import fields, is_dataclass, replace
from datetime import date, timedelta
from fractions import Fraction
from functools import cache
from types import NoneType
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

from hypothesis import strategies as st

from app.eligibility import facts as f
from app.eligibility.facts import Facts
from tests.eligibility.cases import base

CUT_OFF = date(2026, 5, 31)
EDGES = [
    CUT_OFF,
    date(2026, 3, 31),
    date(2023, 8, 31),
    date(2020, 8, 31),
    date(2019, 8, 31),
    date(2025, 5, 31),
    date(2025, 11, 30),
    date(2023, 5, 31),
]
DATES = st.one_of(
    st.builds(lambda day, off: day + timedelta(days=off), st.sampled_from(EDGES), st.integers(-1, 1)),
    st.dates(date(2015, 1, 1), date(2028, 12, 31)),
    st.just(date.max),
)
SHARES = st.sampled_from([Fraction(0), Fraction(1, 2), Fraction(5001, 10000), Fraction(51, 100), Fraction(1)])

BASES = tuple(base(name) for name in ("local", "migrant", "leaver", "arrival", "infant"))


def of(hint: object) -> st.SearchStrategy[Any]:
    origin, args = get_origin(hint), get_args(hint)
    if NoneType in args and origin is not tuple:
        return st.none() | of(next(arg for arg in args if arg is not NoneType))
    if origin is Literal:
        return st.sampled_from(args)
    if origin is tuple:
        return st.lists(of(args[0]), max_size=3).map(tuple)
    if origin is Annotated:
        return _bounded(args[0], hint)
    if hint is bool:
        return st.booleans()
    if hint is date:
        return DATES
    assert isinstance(hint, type) and is_dataclass(hint), hint
    hints = get_type_hints(hint, include_extras=True)
    return st.builds(hint, **{field.name: of(hints[field.name]) for field in fields(hint)})


def _bounded(kind: object, hint: object) -> st.SearchStrategy[Any]:
    if kind is Fraction:
        return SHARES
    if kind is str:
        return st.sampled_from(["C1", "C2"])
    return st.integers(2016, 2027) if hint == f.Year else st.integers(0, 150)


@cache
def parts(name: str) -> st.SearchStrategy[Any]:
    """A random value of one field of Facts."""
    return of(get_type_hints(Facts, include_extras=True)[name])


@st.composite
def children(draw: st.DrawFn) -> Facts:
    """A child all at random, or one of the bases with some of its parts at random; none has given a place up."""
    facts = draw(st.sampled_from(BASES))
    names = [field.name for field in fields(Facts) if field.name != "entry"]
    changed = draw(st.sets(st.sampled_from(names), max_size=3) | st.just(set(names)))
    return replace(facts, **{name: draw(parts(name)) for name in names if name in changed})


@st.composite
def forgotten(draw: st.DrawFn, facts: Facts) -> Facts:
    """The same child with some facts made unknown."""
    less: Facts = _forget(facts, draw)
    return less


def _forget(value: Any, draw: st.DrawFn) -> Any:
    kept = {}
    for field in fields(value):
        held = getattr(value, field.name)
        if is_dataclass(held):
            kept[field.name] = _forget(held, draw)
        elif held is not None and draw(st.integers(0, 9)) == 0:
            kept[field.name] = None
    return replace(value, **kept)
