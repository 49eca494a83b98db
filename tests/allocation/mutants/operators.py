"""Mutants of a Python source: one small change each, at its place in the text, so that every line keeps its number.

Not changed, because no behaviour follows from it: docstrings, annotations and types, imports, decorators, the
`strict=` of a `zip` (a check of what always holds), and words meant for a person (strings with a blank between
letters).
"""

import ast
import re
import warnings
from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass
from typing import TypeVar

TYPES = {"tuple", "dict", "list", "Sequence", "Callable", "Mapping", "TypeVar"}
COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
}
ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Add,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.FloorDiv,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.BitXor: ast.BitAnd,
    ast.Div: ast.Mult,
}
CALLS = {"min": "max", "max": "min", "sorted": "list", "any": "all", "all": "any", "reversed": "list"}
Node = TypeVar("Node", bound=ast.AST)
REMOVED = (ast.Expr, ast.Raise, ast.AugAssign, ast.Delete)


@dataclass(frozen=True)
class Mutant:
    """What stands in the text from `start` to `end` (characters), and what instead; `line` and function for people."""

    line: int
    function: str
    start: int
    end: int
    old: str
    new: str

    def applied(self, source: str) -> str:
        return source[: self.start] + self.new + source[self.end :]


def mutants_of(source: str) -> list[Mutant]:
    """All mutants of a source, in the order of the text; a few do not compile."""
    found = _Finder(source)
    found.visit(ast.parse(source))
    unique = {(mutant.start, mutant.end, mutant.new): mutant for mutant in found.mutants if mutant.new != mutant.old}
    return sorted(unique.values(), key=lambda mutant: (mutant.start, mutant.end))


def compiles(source: str) -> bool:
    """Whether a mutant is Python at all."""
    try:
        with warnings.catch_warnings(action="ignore"):
            compile(source, "mutant", "exec")
    except (SyntaxError, ValueError):
        return False
    return True


class _Finder(ast.NodeVisitor):
    def __init__(self, source: str) -> None:
        self.source = source
        self.starts = [0]
        for line in source.splitlines(keepends=True):
            self.starts.append(self.starts[-1] + len(line))
        self.lines = source.splitlines()
        self.mutants: list[Mutant] = []
        self.functions: list[str] = []
        self.whole: ast.expr | None = None  # of an f-string: it is replaced as a whole

    def offset(self, line: int, column: int) -> int:
        return self.starts[line - 1] + len(self.lines[line - 1].encode()[:column].decode())

    def add(self, node: ast.expr | ast.stmt, new: str) -> None:
        assert node.end_lineno is not None and node.end_col_offset is not None
        start = self.offset(node.lineno, node.col_offset)
        end = self.offset(node.end_lineno, node.end_col_offset)
        new += "\n" * (self.source.count("\n", start, end) - new.count("\n")) if isinstance(node, ast.stmt) else ""
        function = ".".join(self.functions)
        self.mutants.append(Mutant(node.lineno, function, start, end, self.source[start:end], new))

    def visit(self, node: ast.AST) -> None:
        if isinstance(node, (ast.Import, ast.ImportFrom)) or _is_types(node) or _is_words(node):
            return
        if isinstance(node, ast.stmt):
            for statement in _statements(node):
                self.add(node, statement)
        for field, value in ast.iter_fields(node):
            if field in ("annotation", "returns", "decorator_list", "ctx", "cause"):
                continue
            if isinstance(node, ast.keyword) and node.arg in ("strict", "help", "description", "prog", "metavar"):
                continue
            self.enter(node, field, value)

    def enter(self, node: ast.AST, field: str, value: object) -> None:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            self.functions.append(node.name)
        for at, child in enumerate(value if isinstance(value, list) else [value]):
            kept = isinstance(node, ast.Compare) and isinstance(child, ast.Constant) and child.value is None
            if isinstance(child, ast.expr) and not (kept or _is_words(child) or _is_docstring(node, child)):
                self.replace(node, field, at if isinstance(value, list) else None, child)
            if isinstance(child, ast.AST) and not _is_docstring(node, child):
                outer, self.whole = self.whole, self.whole or (child if isinstance(child, ast.JoinedStr) else None)
                self.visit(child)
                self.whole = outer
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            self.functions.pop()

    def replace(self, node: ast.AST, field: str, at: int | None, child: ast.expr) -> None:
        for new in _expressions(child, negate=field == "test" and not isinstance(child, ast.Compare)):
            if self.whole is None:
                if not isinstance(node, ast.Subscript) or not isinstance(child, (ast.Slice, ast.Tuple)):
                    self.add(child, f"({ast.unparse(new)})")
            else:
                _put(node, field, at, new)
                self.add(self.whole, ast.unparse(self.whole))
                _put(node, field, at, child)


def _put(node: ast.AST, field: str, at: int | None, child: ast.expr) -> None:
    if at is None:
        setattr(node, field, child)
    else:
        getattr(node, field)[at] = child


def _is_types(node: ast.AST) -> bool:
    """A name for a type."""
    if not isinstance(node, ast.Assign):
        return False
    value = node.value.left if isinstance(node.value, ast.BinOp) else node.value
    value = value.func if isinstance(value, ast.Call) else value.value if isinstance(value, ast.Subscript) else value
    return (
        isinstance(value, ast.Name)
        and value.id in TYPES
        and isinstance(node.targets[0], ast.Name)
        and node.targets[0].id[:1].isupper()
    )


def _is_words(node: ast.AST) -> bool:
    if isinstance(node, ast.JoinedStr):
        return any(_is_words(part) for part in node.values)
    return (
        isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and bool(re.search(r"[a-z,:`] [a-z(`]", node.value))
    )


def _is_docstring(node: ast.AST, child: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(child, ast.Constant)


def _statements(node: ast.stmt) -> Iterator[str]:
    kept = isinstance(node, ast.Expr) and isinstance(node.value, (ast.Constant, ast.Yield, ast.YieldFrom))
    place = isinstance(node, ast.Assign) and not isinstance(node.targets[0], (ast.Name, ast.Tuple))
    if (isinstance(node, REMOVED) and not kept) or place:
        yield "pass"
    elif isinstance(node, ast.Return) and node.value is not None:
        if not (isinstance(node.value, ast.Constant) and node.value.value is None):
            yield "return None"
    elif isinstance(node, ast.Break):
        yield "continue"
    elif isinstance(node, ast.Continue):
        yield "break"


def _expressions(node: ast.expr, negate: bool) -> Iterator[ast.expr]:
    """What may stand instead of an expression."""
    if negate:
        yield ast.UnaryOp(ast.Not(), node)
    if isinstance(node, ast.Compare):
        for at, operator in enumerate(node.ops):
            for other in COMPARISONS[type(operator)]:
                yield _with(node, ops=[*node.ops[:at], other(), *node.ops[at + 1 :]])
    elif isinstance(node, ast.BinOp) and type(node.op) in ARITHMETIC:
        yield _with(node, op=ARITHMETIC[type(node.op)]())
    elif isinstance(node, ast.BoolOp):
        yield _with(node, op=ast.And() if isinstance(node.op, ast.Or) else ast.Or())
        for at in range(len(node.values)):
            left = [*node.values[:at], *node.values[at + 1 :]]
            yield left[0] if len(left) == 1 else _with(node, values=left)
    elif isinstance(node, ast.UnaryOp):
        yield node.operand
    elif isinstance(node, ast.IfExp):
        yield _with(node, body=node.orelse, orelse=node.body)
    elif isinstance(node, ast.Constant):
        yield from (ast.Constant(value) for value in _constants(node.value))
    elif isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Slice):
        for bound in ("lower", "upper", "step"):
            if getattr(node.slice, bound) is not None:
                yield _with(node, slice=_with(node.slice, **{bound: None}))
    elif isinstance(node, ast.Call):
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        if name in CALLS and (name not in ("sorted", "reversed") or len(node.args) == 1):
            yield _with(node, func=ast.Name(CALLS[name]), keywords=[] if name == "sorted" else node.keywords)
    elif isinstance(node, (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)):
        for at, part in enumerate(node.generators):
            for one in part.ifs:
                kept = [test for test in part.ifs if test is not one]
                yield _with(node, generators=[*node.generators[:at], _with(part, ifs=kept), *node.generators[at + 1 :]])


def _constants(value: object) -> Iterator[int | str | bytes]:
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, int):
        yield from (value + 1, value - 1)
    elif isinstance(value, str):
        yield f"{value}X"
    elif isinstance(value, bytes):
        yield value + b"X"
    elif value is None:
        yield ""


def _with(node: Node, **fields: object) -> Node:
    other = copy(node)
    for field, value in fields.items():
        setattr(other, field, value)
    return other
