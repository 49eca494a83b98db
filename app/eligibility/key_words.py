"""The keys of an order in words for a family: a date as a date, points as points, a level by its own name."""

from datetime import MINYEAR, date

from app.eligibility.priorities import KINDS, KeyKind
from app.eligibility.ruleset import Ruleset
from app.eligibility.ruleset_text import KeyText
from app.eligibility.words import Language

JOINTS: dict[Language, str] = {"zh": "、", "en": "; "}
NO_RIGHT: dict[Language, str] = {"zh": "在该校无优先资格（{}）", "en": "no right at this school ({})"}
ALIKE: dict[Language, str] = {"zh": "所有报名者同等", "en": "all who register stand alike"}
NO_DATE: dict[Language, str] = {"zh": "无可采用的日期", "en": "no date that counts"}
POINTS: dict[Language, str] = {"zh": "{}分", "en": "{} points"}
MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


class KeyWords:
    """The words of one ruleset's keys in one language; every method raises KeyError for a key it does not have."""

    def __init__(self, ruleset: Ruleset, language: Language) -> None:
        self._ruleset, self._language, self._zh = ruleset, language, language == "zh"
        self._keys = {key.name: key for key in ruleset.keys}

    def kind(self, key: str) -> KeyKind:
        """What the key's integers are."""
        return KINDS[self._keys[key].measure]

    def name(self, key: str) -> str:
        """The key's name, such as 户籍迁入日期."""
        text = self._keys[key]
        return text.zh if self._zh else uncapitalised(text.en)

    def smaller_first(self, key: str) -> bool:
        """Whether the smaller value has priority."""
        return f"{key}<" in self._ruleset.order

    def is_neutral(self, key: str, value: int) -> bool:
        """Whether this is the value of whoever has none: unknown, not applicable, or without a right."""
        return value == self._keys[key].neutral

    def value(self, key: str, value: int) -> str:
        """A value of the key in words."""
        text = self._keys[key]
        match KINDS[text.measure]:
            case "level":
                return self._level(value)
            case "points":
                return POINTS[self._language].format(value)
            case "flag":
                return self._flag(text, value)
            case "date":
                return self._date(text, value)

    def _level(self, number: int) -> str:
        for level in self._ruleset.levels:
            if level.text.number == number:
                return level.text.zh if self._zh else level.text.en
        last = self._ruleset.text.gave_up
        if last is not None and number == last.level:
            return last.zh if self._zh else last.en
        if not self._ruleset.levels:
            return ALIKE[self._language]
        routes = [route.text for route in self._ruleset.routes if route.text.elsewhere_level == number]
        first = {route.kind: route for route in reversed(routes)}
        named = [route.zh if self._zh else uncapitalised(route.en) for route in routes if first[route.kind] is route]
        return NO_RIGHT[self._language].format(JOINTS[self._language].join(named) or number)

    def _flag(self, text: KeyText, value: int) -> str:
        assert text.says is not None
        said = text.says.zh if self._zh else text.says.en
        return said[value] if value in (0, 1) else str(value)

    def _date(self, text: KeyText, value: int) -> str:
        day = as_date(value)
        if day is None or value == text.neutral:
            return NO_DATE[self._language]
        if self._zh:
            return f"{day.year}年{day.month}月{day.day}日"
        return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def uncapitalised(words: str) -> str:
    """A name as it stands inside an English sentence."""
    return words[:1].lower() + words[1:]


def as_date(value: int) -> date | None:
    """The date that yyyymmdd stands for, or None where it stands for none."""
    year, month, day = value // 10000, value // 100 % 100, value % 100
    try:
        return date(year, month, day) if year >= MINYEAR else None
    except ValueError:
        return None
