"""The matching of `allocation.deferred_acceptance`, compiled: the very same functions, equal bit for bit.

Only simulations use it, where numba is installed (the optional extra `compiled`), and only while standings fit 64
bits and tickets are the applicants' own. A real run is always the plain source that a judge may read.
"""

from array import array
from collections.abc import Callable
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from types import FunctionType
from typing import Any

from app.allocation import deferred_acceptance
from app.allocation.deferred_acceptance import Proposing
from app.allocation.market import Columns
from app.allocation.priorities import Tickets

# Whatever `propose` calls, callees first: each is compiled with those before it in the place of the plain ones.
FUNCTIONS = ("raise_bars", "pass_along", "ask", "go_down", "first_hope", "propose")


@cache
def proposing() -> Proposing | None:
    """The compiled form, None where numba is not installed. The first call of what it gives takes some seconds."""
    if find_spec("numba") is None:
        return None
    return compiled_by(import_module("numba").njit, _as_numpy(import_module("numpy")))


def compiled_by(compiler: Callable[[Any], Any], columns_for: Callable[[Columns], Any]) -> Proposing:
    """The functions made anew by a compiler, on columns as it wants them; nothing of the module itself is replaced."""
    names = dict(vars(deferred_acceptance))
    for name in FUNCTIONS:
        plain = getattr(deferred_acceptance, name)
        names[name] = compiler(FunctionType(plain.__code__, names, name, plain.__defaults__))

    def propose(columns: Columns, tickets: Tickets) -> tuple[list[list[int]], list[int]]:
        if tickets is not None or not isinstance(columns.standing, array):
            return deferred_acceptance.propose(columns, tickets)
        held, going = names["propose"](columns_for(columns), None)
        return [[int(one) for one in some] for some in held], [int(one) for one in going]

    return propose


def _as_numpy(numpy: Any) -> Callable[[Columns], Any]:
    kinds = {"q": numpy.int64, "i": numpy.int32}

    def column(values: Any) -> Any:
        if not isinstance(values, array):
            return values
        return numpy.frombuffer(values, kinds[values.typecode]) if values else numpy.zeros(0, kinds[values.typecode])

    return lambda columns: Columns(*map(column, columns))
