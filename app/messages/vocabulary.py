"""The closed vocabulary of `messages.toml`: which kinds there are, what each needs, and the words they make."""

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Any
from unicodedata import category
from zoneinfo import ZoneInfo

BEIJING = ZoneInfo("Asia/Shanghai")
OBJECT = re.compile(r"[a-z_]{1,40}:[A-Za-z0-9._-]{1,80}")
LONGEST_TEXT = 200
# Control, direction, line. Not what Python calls unprintable: a rare letter of a name is one that it does not know yet.
UNSHOWN = frozenset(("Cc", "Cf", "Cs", "Zl", "Zp"))


class Type(StrEnum):
    TEXT = "text"
    TITLE = "title"
    MOMENT = "moment"


class Way(StrEnum):
    """How an officer reached somebody."""

    PHONE = "phone"
    VISIT = "visit"


@dataclass(frozen=True)
class Kind:
    """A kind's templates, and the types of its parameters by name; `personal` are texts."""

    zh: str
    en: str
    sms: str
    parameters: Mapping[str, Type]
    personal: frozenset[str]


@cache
def kinds() -> dict[str, Kind]:
    """Every kind; raises ValueError where a template names what its kind does not have."""
    rows = tomllib.loads(Path(__file__).with_name("messages.toml").read_text(encoding="utf-8"))
    return {name: _kind(row) for name, row in rows.items()}


def _kind(row: dict[str, Any]) -> Kind:
    parameters = {name: Type(kind) for name, kind in row["parameters"].items()}
    kind = Kind(row["zh"], row["en"], row["sms"], parameters, frozenset(row["personal"]))
    whole = set(parameters) | kind.personal
    for template, allowed in ((kind.zh, whole), (kind.en, whole), (kind.sms, set(parameters))):
        named = {field for _, field, _, _ in Formatter().parse(template) if field is not None}
        if not named <= allowed:
            raise ValueError(f"a template names {sorted(named - allowed)}")
    return kind


def check(kind: str, object_: str, parameters: Mapping[str, Any], personal: Mapping[str, str]) -> None:
    """Raises ValueError, without any value, where a message is not what its kind says."""
    known = kinds().get(kind)
    if known is None or OBJECT.fullmatch(object_) is None:
        raise ValueError("no such kind of message, or no object of the form type:id")
    if set(parameters) != set(known.parameters) or set(personal) != known.personal:
        raise ValueError(f"{kind}: needs {sorted(known.parameters)} and, personal, {sorted(known.personal)}")
    fitting = [FITS[type_](parameters[name]) for name, type_ in known.parameters.items()]
    if not all(fitting) or not all(map(_is_text, personal.values())):
        raise ValueError(f"{kind}: a parameter is not of its type")


def one_line(words: str) -> str:
    """The words as a parameter may hold them: without what is not shown, and not too long; a hyphen for nothing."""
    seen = "".join(" " if category(letter)[0] == "Z" else letter for letter in words if category(letter) not in UNSHOWN)
    return seen.strip()[:LONGEST_TEXT] or "-"


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= LONGEST_TEXT and not UNSHOWN & set(map(category, value))


def _is_title(value: Any) -> bool:
    return isinstance(value, dict) and set(value) == {"zh", "en"} and all(map(_is_text, value.values()))


def _is_moment(value: Any) -> bool:
    try:
        return isinstance(value, str) and datetime.fromisoformat(value).tzinfo is not None
    except ValueError:
        return False


FITS: dict[Type, Callable[[Any], bool]] = {Type.TEXT: _is_text, Type.TITLE: _is_title, Type.MOMENT: _is_moment}


def inbox_words(kind: str, parameters: Mapping[str, Any], personal: Mapping[str, str]) -> dict[str, str]:
    """What the person reads, by language. A kind that is no longer known has its name for words."""
    known = kinds().get(kind)
    if known is None:
        return {"zh": kind, "en": kind}
    templates = {"zh": known.zh, "en": known.en}
    return {
        language: template.format_map({**_spoken(known, parameters, language), **personal})
        for language, template in templates.items()
    }


def sms_words(kind: str, parameters: Mapping[str, Any]) -> str:
    """What is sent: nothing personal."""
    known = kinds()[kind]
    return known.sms.format_map(_spoken(known, parameters, "zh"))


def _spoken(kind: Kind, parameters: Mapping[str, Any], language: str) -> dict[str, str]:
    return {name: _said(type_, parameters[name], language) for name, type_ in kind.parameters.items()}


def _said(type_: Type, value: Any, language: str) -> str:
    if type_ is Type.TITLE:
        return str(value[language])
    if type_ is Type.TEXT:
        return str(value)
    there = datetime.fromisoformat(value).astimezone(BEIJING)
    if language == "zh":
        return f"{there.year}年{there.month}月{there.day}日{there:%H:%M}"
    return f"{there:%H:%M} on {there.day} {there:%B %Y} (Beijing)"
