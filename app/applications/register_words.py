"""The closed table of `registers.toml`: catalogues, fields and remarks in words."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from app.gateways.answers import Catalogue


@dataclass(frozen=True)
class Words:
    zh: str
    en: str


@dataclass(frozen=True)
class RegisterWords:
    """By catalogue, by name of a field, by name of a remark."""

    catalogues: dict[str, Words]
    fields: dict[str, Words]
    remarks: dict[str, Words]


@cache
def register_words() -> RegisterWords:
    """The table; raises ValueError where a catalogue has no words, or words have no catalogue."""
    read = tomllib.loads(Path(__file__).with_name("registers.toml").read_text(encoding="utf-8"))
    tables = [{name: Words(**row) for name, row in read[part].items()} for part in ("catalogue", "field", "remark")]
    if set(tables[0]) != {catalogue.value for catalogue in Catalogue}:
        raise ValueError("registers.toml: the catalogues are not those of the gateway")
    return RegisterWords(*tables)


def difference_words(catalogue: str, field: str) -> Words:
    """That the register says otherwise, without what it says."""
    words = register_words()
    office, what = words.catalogues[catalogue], words.fields[field]
    return Words(
        f"您填写的“{what.zh}”与{office.zh}不一致。请核对：如填写有误，请更正；如登记有误，请提交材料，由工作人员认定。",
        f"What you wrote of {what.en} is not what {office.en} holds. Correct it if it was written in error; if the"
        " register errs, show a paper, and a person decides.",
    )
