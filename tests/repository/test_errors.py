"""Every refusal has words in both languages and a remedy, and every word is said somewhere."""

import ast
import re
import tomllib
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from string import Formatter

import pytest

from app.errors import LANGUAGES, ServiceError, catalogue
from tests.repository.source import ROOT, calls, dotted, modules, name, nodes

CODES = sorted(catalogue())
APP = modules("app")
CODE = re.compile(r"[a-z_]+\.[a-z_]+")


def constants(node: ast.AST) -> Iterator[str]:
    """The texts that an argument may be: a constant, or either branch of a condition."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from constants(node.body)
        yield from constants(node.orelse)


def raised() -> Iterator[tuple[Path, ast.Call, str]]:
    """Each ServiceError made in the application with a code that stands there."""
    for path in APP:
        for call in calls(path):
            if dotted(call.func).split(".")[-1] == "ServiceError" and call.args:
                yield from ((path, call, code) for code in constants(call.args[0]))


def placeholders(text: str) -> set[str]:
    return {field for _, field, _, _ in Formatter().parse(text) if field}


def test_every_code_that_is_raised_is_in_the_catalogue() -> None:
    unknown = {f"{name(path)}:{call.lineno} {code}" for path, call, code in raised() if code not in CODES}
    assert unknown == set()


def test_every_code_of_the_catalogue_is_raised_somewhere() -> None:
    spoken = {
        node.value
        for path in APP
        for node in nodes(path, ast.Constant)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and CODE.fullmatch(node.value)
    }
    assert [code for code in CODES if code not in spoken] == []


def test_every_refusal_gives_what_its_words_need() -> None:
    incomplete = set()
    for path, call, code in raised():
        given = {keyword.arg for keyword in call.keywords}
        if code not in CODES or None in given:
            continue
        wording = catalogue()[code]
        needed = set().union(*(placeholders(text) for text in (*wording.title.values(), *wording.remedy.values())))
        if not needed <= given:
            incomplete.add(f"{name(path)}:{call.lineno} {code} lacks {sorted(needed - given)}")
    assert incomplete == set()


@pytest.mark.parametrize("code", CODES)
def test_a_code_has_a_status_and_words_and_a_remedy_in_both_languages(code: str) -> None:
    row = tomllib.loads((ROOT / "app/errors.toml").read_text(encoding="utf-8"))[code]
    assert set(row) == {"status", "zh", "en", "remedy_zh", "remedy_en"} and CODE.fullmatch(code)
    assert HTTPStatus(row["status"]).value in range(400, 600)
    for language in LANGUAGES:
        assert row[language].strip() and row[f"remedy_{language}"].strip()
        chinese = any("\u4e00" <= letter <= "\u9fff" for letter in row[language] + row[f"remedy_{language}"])
        assert chinese == (language == "zh")
    for zh, en in (("zh", "en"), ("remedy_zh", "remedy_en")):
        assert {name.removesuffix("_zh") for name in placeholders(row[zh])} == {
            name.removesuffix("_en") for name in placeholders(row[en])
        }


def test_a_refusal_says_its_words_with_what_was_given() -> None:
    refusal = ServiceError("act.not_open", "act", status="void")
    assert "void" in refusal.title("en") and "void" in refusal.title("zh") and refusal.status == 409
    assert str(refusal).startswith("act.not_open: ")
    with pytest.raises(KeyError):
        ServiceError("act.not_open")
    with pytest.raises(KeyError):
        ServiceError("no.such_code")
