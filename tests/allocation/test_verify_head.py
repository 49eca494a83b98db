"""The verifier stands alone: its head words what it checks, and it needs the oldest Python and nothing of ours."""

import ast
import re
import sys
from pathlib import Path

from app.allocation import verify

SOURCE = Path(verify.__file__).read_text(encoding="utf-8")
TREE = ast.parse(SOURCE, feature_version=(3, 9))


def test_the_head_numbers_the_properties_that_the_verdicts_name() -> None:
    worded = re.findall(r"^ ?(\d+)\. (\w+)", verify.__doc__ or "", re.MULTILINE)
    assert [number for number, _ in worded] == [str(number) for number in range(1, 12)]
    for number, word in worded:
        title = verify.PROPERTIES[int(number)].lower().removeprefix("the ")
        assert word.lower() in title or title.split()[0] in (verify.__doc__ or "").lower()


def test_every_property_named_at_the_head_is_raised_somewhere() -> None:
    calls = [node for node in ast.walk(TREE) if isinstance(node, ast.Call)]
    names = {"Violation", "check_fields"}
    raised = {
        constant.value
        for call in calls
        if isinstance(call.func, ast.Name) and call.func.id in names
        for constant in call.args[:1]
        if isinstance(constant, ast.Constant)
    }
    assert raised | {6} == set(range(1, 12))


def test_it_imports_the_standard_library_alone() -> None:
    modules = set()
    for node in ast.walk(TREE):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0
            modules.add((node.module or "").split(".")[0])
        elif isinstance(node, ast.Import):
            modules |= {alias.name.split(".")[0] for alias in node.names}
    assert modules <= set(sys.stdlib_module_names)
    assert not modules & {"random", "time", "datetime", "secrets", "os", "subprocess", "socket", "math"}


def test_it_uses_no_float_and_writes_no_file() -> None:
    for node in ast.walk(TREE):
        assert not (isinstance(node, ast.Constant) and isinstance(node.value, float))
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
            assert ast.unparse(node.left) in ("folder", "(folder)")  # joining a path, the only use of the sign
        if isinstance(node, ast.Attribute):
            assert node.attr not in ("write_text", "write_bytes", "open", "unlink", "mkdir", "touch", "rename", "chmod")
        if isinstance(node, ast.Name):
            assert node.id not in ("float", "open", "eval", "exec")
