"""Keys in words, and which values of them a child could have."""

from datetime import date

import pytest

from app.eligibility.attainable import attainable
from app.eligibility.exact_json import BadField
from app.eligibility.key_words import KeyWords, as_date
from app.eligibility.priorities import KINDS, MEASURES, RECKONED
from app.eligibility.ruleset import RULESETS, load, parse
from app.eligibility.words import Language

RULES = load(RULESETS / "primary-2026.toml")
TEXT = (RULESETS / "primary-2026.toml").read_text("utf-8")
JUNIOR = load(RULESETS / "junior-2026.toml")
RIGHT = {"level": 3, "flat_lock": 1, "disagree": 1, "moved_in": 20200302, "titled": 99991231, "points": 20}
NO_RIGHT = {**RIGHT, "level": 12, "moved_in": 99991231}


@pytest.mark.parametrize(
    ("key", "value", "zh", "en"),
    [
        ("level", 3, "第3层次：共有住房份额不足51%，或仅有户籍", "Level 3: less than 51% of a co-owned flat"),
        (
            "level",
            11,
            "在该校无优先资格（本县户籍适龄儿童、政策照顾对象子女）",
            "no right at this school (a child",
        ),
        ("level", 12, "在该校无优先资格（新居民子女）", "no right at this school (a new resident's child)"),
        ("level", 13, "最后：民办学校录取后放弃", "Last: gave up a place drawn at a private school"),
        ("level", 14, "在该校无优先资格（14）", "no right at this school (14)"),
        ("moved_in", 20190501, "2019年5月1日", "1 May 2019"),
        ("moved_in", 99991231, "无可采用的日期", "no date that counts"),
        ("points", 85, "85分", "85 points"),
        ("flat_lock", 1, "住房六年内已被其他家庭用于入学", "another household took a place by the flat"),
        ("disagree", 0, "户籍与住房一致", "registration and flat agree"),
    ],
)
def test_a_value_is_said_in_both_languages(key: str, value: int, zh: str, en: str) -> None:
    assert KeyWords(RULES, "zh").value(key, value) == zh
    assert KeyWords(RULES, "en").value(key, value).startswith(en)


@pytest.mark.parametrize("path", sorted(RULESETS.glob("*.toml")), ids=lambda path: path.stem)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_key_of_every_ruleset_has_a_name_a_kind_and_words(path: object, language: Language) -> None:
    rules = load(RULESETS / str(path).rpartition("/")[2])
    words = KeyWords(rules, language)
    for key in rules.keys:
        assert words.name(key.name) and words.kind(key.name) == KINDS[key.measure]
        assert words.value(key.name, 1)
        assert words.smaller_first(key.name) == (key.measure != "points")


def test_every_measure_has_a_kind() -> None:
    assert KINDS.keys() == {*MEASURES, *RECKONED}


@pytest.mark.parametrize(("value", "day"), [(20200229, date(2020, 2, 29)), (20190229, None), (0, None), (-1, None)])
def test_only_a_day_of_the_calendar_is_a_date(value: int, day: date | None) -> None:
    assert as_date(value) == day


@pytest.mark.parametrize(
    ("key", "least", "is_strict", "own", "groups", "value"),
    [
        ("level", 3, False, RIGHT, (), 3),
        ("level", 3, True, RIGHT, (), 2),
        ("level", 1, True, RIGHT, (), None),
        ("level", 12, True, NO_RIGHT, (), 11),
        ("level", 11, True, NO_RIGHT, (), 10),
        ("moved_in", 20190501, False, RIGHT, (), 20190501),
        ("moved_in", 20190501, True, RIGHT, (), 20190430),
        ("moved_in", 20190501, True, NO_RIGHT, ("migrant",), None),  # there is no right of which to speak
        ("titled", 99991231, True, RIGHT, (), 20260531),
        ("titled", 99991231, False, RIGHT, (), None),
        ("titled", 20190230, True, RIGHT, (), None),
        ("flat_lock", 0, False, RIGHT, (), 0),
        ("flat_lock", 0, True, RIGHT, (), None),
        ("disagree", 1, True, NO_RIGHT, (), None),
        ("points", 30, False, NO_RIGHT, ("migrant",), 30),
        ("points", 30, True, NO_RIGHT, ("migrant",), 31),
        ("points", 30, True, NO_RIGHT, ("local", "policy"), None),  # for the local route none are reckoned
        ("points", 30, True, RIGHT, (), None),
        ("points", 19, True, RIGHT, ("migrant",), None),
    ],
)
def test_only_what_a_child_could_have_is_told(
    key: str, least: int, is_strict: bool, own: dict[str, int], groups: tuple[str, ...], value: int | None
) -> None:
    assert attainable(RULES, key, least, is_strict, own, groups) == value


@pytest.mark.parametrize(
    ("key", "level", "groups", "value"),
    [
        ("points", 5, ("migrant",), 31),
        ("points", 12, ("migrant",), 31),
        ("points", 11, ("migrant",), None),  # a leaver, of whom none are reckoned
        ("points", 1, ("migrant",), None),
        ("moved_in", 3, ("local",), 20190430),
        ("moved_in", 1, ("local",), None),  # no date counts among the leavers whom the school takes
        ("flat_lock", 2, ("local",), 0),
        ("flat_lock", 1, ("local",), None),
        ("level", 5, ("migrant",), 4),
    ],
)
def test_only_what_counts_at_the_level_is_told(
    key: str, level: int, groups: tuple[str, ...], value: int | None
) -> None:
    least = {"points": 30, "moved_in": 20190501, "flat_lock": 1, "level": level}[key]
    assert attainable(JUNIOR, key, least, True, {**RIGHT, "level": level}, groups) == value


@pytest.mark.parametrize(
    ("found", "put"),
    [
        ('says = { zh = ["户籍与住房一致"', '# says = { zh = ["户籍与住房一致"'),
        ('["户籍与住房一致", ', '["户籍与住房一致", "甲", '),
        ('"户籍与住房一致"', '" "'),
        ('name = "points"\n', 'name = "points"\nsays = { zh = ["甲", "乙"], en = ["a", "b"] }\n'),
    ],
)
def test_a_flag_without_two_sentences_in_each_language_is_refused(found: str, put: str) -> None:
    assert found in TEXT
    with pytest.raises(BadField, match=r"key (disagree|points)"):
        parse(TEXT.replace(found, put))
