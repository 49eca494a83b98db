"""The sentences of an explanation, and the work that makes what they say."""

import json
from dataclasses import replace
from string import Formatter
from typing import Any

import pytest

from app.allocation.bundle import Bundle, render_bundle
from app.allocation.choices import Choice
from app.allocation.explanation.again import Again
from app.allocation.explanation.change import Change
from app.allocation.explanation.explained import explained
from app.allocation.manifest import Header
from app.allocation.result import render_result
from app.allocation.solver import solve
from app.allocation.tables import Applicant, Fallback, Programme, Reserve, sorted_tables
from app.eligibility.ruleset import RULESETS, load
from app.eligibility.words import Language
from app.rounds.explanation_templates import SAID
from app.rounds.explanation_words import Sentences
from app.rounds.explanation_work import PARTS, SMALLEST, nearest, parts, told
from tests.allocation.instances import frozen

FILE = RULESETS / "primary-2026.toml"
RULES, TEXT = load(FILE), FILE.read_text("utf-8")
SCHOOLS = {"P": "向阳小学", "Q": "朝晖小学"}
RIGHT, ELSEWHERE = (3, 0, 0, 20190501, 99991231, 0), (11, 0, 1, 99991231, 99991231, 0)


def compared(relation: str, *entries: tuple[str, Any, Any], **more: Any) -> dict[str, Any]:
    decided = entries[-1][0] if entries else None
    listed = [{"name": name, "own": own, "last": last} for name, own, last in entries]
    made = {"seat": "open", "filled": 30, "relation": relation, "decided": decided, "is_band": False, "entries": listed}
    return {**made, **more}


SAME_LEVEL = ("level", 3, 3)
BAND = {"filled": None, "is_band": True}
SENTENCES = [
    (
        compared("before", SAME_LEVEL, ("moved_in", 20200302, 20190501)),
        "向阳小学（普通学位）：最后一名与您孩子的层次相同（第3层次：共有住房份额不足51%，或仅有户籍）；"
        "最后一名的户籍迁入日期是2019年5月1日，早于您孩子的2020年3月2日。",
        "向阳小学 (open seats): the last child admitted has the same level (Level 3: less than 51% of a co-owned "
        "flat, or registration only); the day on which the registration moved in of the last child admitted, 1 May "
        "2019, is earlier than your child's, 2 March 2020.",
    ),
    (
        compared("before", SAME_LEVEL, ("flat_lock", 0, 0), ("titled", 99991231, 20190501)),
        "，而您孩子无可采用的日期。",
        "no date",
    ),
    (
        compared("behind", ("moved_in", 20190501, 20200302)),
        "您孩子的户籍迁入日期是2019年5月1日，早于最后一名的",
        "is earlier than that",
    ),
    (
        compared("behind", ("moved_in", 20190501, 99991231)),
        "，而最后一名无可采用的日期。",
        "the last child admitted has no",
    ),
    (
        compared("before", ("points", 70, 85)),
        "最后一名的积分是85分，高于您孩子的70分。",
        "has 85 points, more than your child's 70",
    ),
    (compared("behind", ("points", 85, 70)), "您孩子的积分是85分，高于最后一名的70分。", "your child has 85 points"),
    (
        compared("before", ("level", 12, 1)),
        "”，排在您孩子的“在该校无优先资格（新居民子女）”之前。",
        "which comes before",
    ),
    (compared("behind", ("level", 1, 12)), "您孩子为“第1层次", "your child is"),
    (
        compared("before", ("disagree", 1, 0)),
        "最后一名是“户籍与住房一致”，而您孩子是“户籍与住房不一致",
        "for yours: registration",
    ),
    (
        compared("behind", ("disagree", 0, 1)),
        "您孩子是“户籍与住房一致”，而最后一名是",
        "for your child: registration and flat agree",
    ),
    (
        compared("before", SAME_LEVEL, ("ticket", "b", "a")),
        "相同，由抽签号决定：最后一名的号在前。",
        "the lottery number decided",
    ),
    (
        compared("behind", SAME_LEVEL, ("ticket", "a", "b")),
        "您孩子的层次和条件与最后一名相同，抽签号在前。",
        "and an earlier lottery number",
    ),
    (compared("before", decided="applicant"), "由封存时的随机编号决定", "the random number given at the freeze"),
    (compared("equal"), "您孩子的条件就是最后一名录取者的条件。", "your child's standing is that of the last"),
    (compared("free"), "学位未满，无需比较。", "a seat is still free"),
    (compared("nobody", filled=0), "无人占用此类学位。", "nobody has such a seat"),
    (
        compared("before", **BAND),
        "这类学位录取不足五人，为保护他们不说具体数值：最后一名的层次与您孩子相同，由其后的条件或抽签号分出先后",
        "what comes after it",
    ),
    (compared("behind", **BAND), "由其后的条件或抽签号分出先后：您孩子在前。", "a key or the lottery, puts your child"),
    (
        compared("before", **BAND, decided="level"),
        "不说具体数值：最后一名的层次排在您孩子之前。",
        "no value is told: the level",
    ),
    (compared("behind", **BAND, decided="level"), "您孩子的层次排在最后一名之前。", "your child's level comes before"),
    (
        compared("before", **BAND, decided="ticket"),
        "由其后的条件或抽签号分出先后：最后一名在前。",
        "a key or the lottery",
    ),
    (
        compared("equal", seat="reserve:migrant"),
        "向阳小学（为新居民子女预留的学位）：",
        "seats reserved for: a new resident's",
    ),
    (compared("equal", seat="reserve:sibling:P"), "（为sibling:P预留的学位）", "seats reserved for: sibling:P"),
]
CHANGES = [
    ({"key": "level", "value": 2, "more": None}, "假如您孩子在该校属于“第2层次", 'Had your child been "Level 2'),
    (
        {"key": "points", "value": 85, "more": 15},
        "假如您孩子的积分达到85分（多15分，其他不变），就会被向阳小学录取。",
        "15 points more",
    ),
    (
        {"key": "moved_in", "value": 20190430, "more": None},
        "户籍迁入日期不晚于2019年4月30日",
        "no later than 30 April 2019",
    ),
    (
        {"key": "flat_lock", "value": 0, "more": None},
        "假如“住房六年内未被其他家庭用于入学”",
        "Had it been so that no other",
    ),
    (
        {"key": "level", "value": None, "more": None},
        "假如您孩子的层次再靠前一些",
        "Had the level come somewhat further",
    ),
    ({"key": None, "value": None, "more": None}, "假如您孩子的某项条件再靠前一些", "one of your child's keys"),
]


def says(language: Language) -> Sentences:
    return Sentences(RULES, language, SCHOOLS)


@pytest.mark.parametrize(("one", "zh", "en"), SENTENCES, ids=range(len(SENTENCES)))
def test_a_comparison_is_one_sentence(one: dict[str, Any], zh: str, en: str) -> None:
    assert zh in says("zh").comparison("P", one) and en in says("en").comparison("P", one)


@pytest.mark.parametrize(("change", "zh", "en"), CHANGES, ids=range(len(CHANGES)))
def test_the_nearest_change_is_one_sentence(change: dict[str, Any], zh: str, en: str) -> None:
    listed = {"programme": "P", "change": change}
    assert zh in str(says("zh").change(listed)) and en in str(says("en").change(listed))
    assert says("zh").change({"programme": "P", "change": None}) is None


def test_both_languages_fill_in_the_same_and_no_sentence_is_missing() -> None:
    optional = {"name"}
    for name, (zh, en) in SAID.items():
        fields = [{field for _, field, _, _ in Formatter().parse(said) if field} for said in (zh, en)]
        assert fields[0] ^ fields[1] <= optional, name


def test_the_summary_says_place_refusals_far_schools_and_lottery() -> None:
    lost = compared("before", SAME_LEVEL, ("ticket", "b", "a"))
    listed = {"programme": "P", "rank": 1, "is_own": True, "comparisons": [lost], "change": CHANGES[1][0]}
    place = {"programme": "Q", "rank": 9, "is_own": False, "comparisons": [compared("free")], "change": None}
    made = {"place": place, "seat": "open", "preferred": [listed], "untold": 7, "lost_by_lot": True, "won_by_lot": True}
    lines = says("zh").summary(made)
    assert lines[0] == "您的孩子被朝晖小学录取（所填志愿和就近名单中的第9位）。"
    assert "另有7所学校" in lines[3] and lines[4] == "朝晖小学（普通学位）：学位未满，无需比较。"
    assert lines[5].startswith("抽签影响了结果：在上面") and lines[6].startswith("抽签影响了结果：在录取的学校")
    far = {**made, "preferred": [], "won_by_lot": False}
    assert says("zh").summary(far)[-1].startswith("抽签影响了结果：在未录取您孩子的学校中")
    nothing = {**made, "place": None, "seat": None, "preferred": [], "untold": 0} | {
        "lost_by_lot": False,
        "won_by_lot": False,
    }
    assert says("en").summary(nothing) == [SAID["unplaced"][1], SAID["lottery_none"][1]]
    assert says("zh").summary({**nothing, "untold": 3})[1].startswith("就近名单上另有3所学校也已招满")
    assert says("en").summary({**nothing, "untold": 3})[1].startswith("3 more schools nearby were full as well")


@pytest.mark.parametrize("won", [True, False])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_comparison_and_the_end_say_the_same_of_the_lottery(language: Language, won: bool) -> None:
    at = ("zh", "en").index(language)
    ahead = compared("behind", SAME_LEVEL, ("ticket", "a", "b"))
    place = {"programme": "P", "rank": 1, "is_own": True, "comparisons": [ahead], "change": None}
    made = {"place": place, "seat": "open", "preferred": [], "untold": 0, "lost_by_lot": False, "won_by_lot": won}
    _, comparison, end = says(language).summary(made)
    assert SAID["behind_ticket" if won else "unneeded_ticket"][at] in comparison
    assert end == SAID["lottery_won" if won else "lottery_none"][at]
    # Whether the lottery turned somebody away from another kind of seat is not known.
    assert SAID["ahead_ticket"][at] in says(language).comparison("P", ahead, {**made, "seat": "reserve:migrant"})


@pytest.mark.parametrize("rivals", [7, 8])
def test_where_equals_take_all_seats_and_one_of_less_is_refused_no_lottery_decided(rivals: int) -> None:
    """Seven seats: to seven equals, and then a lower level is refused; or an eighth equal by the lottery."""
    header = Header("fictitious", RULES.order, "per-applicant", "reserved-first", "Fictitious draw")
    rows = [Applicant(f"a{number}", "", (), "", ()) for number in range(8)]
    held = [RIGHT if number < rivals else (4, *RIGHT[1:]) for number in range(8)]
    choices = [Choice(row.applicant, 1, "P", keys) for row, keys in zip(rows, held, strict=True)]
    made = made_of(frozen(header, sorted_tables([Programme("P", 7)], [], rows, choices, [], 6)))
    for one in made.values():
        text = "".join(says("en").summary(one))
        assert ("the lottery number decided" in text) + (SAID["lottery_none"][1] in text) < 2
        assert ("The lottery mattered" in text) is (rivals == 8)


def test_of_few_the_lottery_is_told_without_where_it_decided() -> None:
    header = Header("fictitious", RULES.order, "per-applicant", "reserved-first", "Fictitious draw")
    rows = [Applicant(name, "", (), "", ()) for name in "ab"]
    choices = [Choice(name, 1, "P", RIGHT) for name in "ab"]
    made = made_of(frozen(header, sorted_tables([Programme("P", 1)], [], rows, choices, [], 6))).values()
    (refused,) = (one for one in made if one["place"] is None)
    assert refused["preferred"][0]["comparisons"][0]["decided"] is None and refused["lost_by_lot"]
    lines = says("en").summary(refused)
    assert SAID["before_later"][1].format(name="level") in lines[1] and lines[-1] == SAID["lottery_lost_far"][1]


def county(seats: int = 1) -> Bundle:
    """P has so many seats and one for migrants; all want it, and Q takes the rest."""
    header = Header("fictitious", RULES.order, "per-applicant", "reserved-first", "Fictitious draw")
    rows, choices = [], []
    for number in range(seats + 4):
        name, groups = f"a{number}", ("migrant",) if number > seats else ()
        held = (*RIGHT[:3], RIGHT[3] + number, *RIGHT[4:]) if not groups else (12, *ELSEWHERE[1:5], number)
        rows.append(Applicant(name, "", groups, "F", held if groups else ELSEWHERE))
        choices.append(Choice(name, 1, "P", held))
    programmes = [Programme("P", seats + 1), Programme("Q", 99)]
    fallbacks = [Fallback("F", 1, "P"), Fallback("F", 2, "Q")]
    return frozen(header, sorted_tables(programmes, [Reserve("P", 1, "migrant", 1)], rows, choices, fallbacks, 6))


def made_of(bundle: Bundle) -> dict[str, Any]:
    files = render_bundle(bundle.header, bundle.tables, bundle.draw)
    found = told(files, render_result(solve(bundle)), TEXT, range(len(bundle.tables.applicants)))
    return {name: json.loads(content) for name, content in found.items()}


def test_a_change_is_told_with_its_value_where_five_hold_the_seat_and_without_where_fewer() -> None:
    (listed,) = made_of(county(seats=6))["a6"]["preferred"]
    assert listed["change"] == {"key": "moved_in", "value": 20190506, "more": None}
    (listed,) = made_of(county(seats=3))["a3"]["preferred"]
    assert listed["change"] == {"key": None, "value": None, "more": None}
    (listed,) = made_of(county(seats=6))["a8"]["preferred"]
    assert listed["change"] == {"key": None, "value": None, "more": None}


def test_of_fewer_than_five_no_number_is_stored() -> None:
    for one in made_of(county(seats=3)).values():
        for listed in [*one["preferred"], one["place"]]:
            if listed["programme"] == "P":
                assert all(c["filled"] is None and c["entries"] == [] and c["is_band"] for c in listed["comparisons"])


def nearest_of(bundle: Bundle, at: int, *changes: Change) -> dict[str, int]:
    """Programme → value, of what is told to an applicant of P if these changes are said to place it there."""
    result = solve(bundle)
    one = replace(list(explained(bundle, result.cutoffs, result.placements))[at], changes={"P": changes})
    found = nearest(bundle, RULES, Again(bundle), at, one)
    return {programme: value for programme, (_, value, _) in found.items()}


def test_a_change_that_does_not_hold_is_told_to_nobody() -> None:
    bundle = county(seats=6)
    assert nearest_of(bundle, 6, Change("moved_in", 20190506, False, "open")) == {"P": 20190506}
    for bound in (20190507, 20200101):
        assert nearest_of(bundle, 6, Change("moved_in", bound, False, "open")) == {}
    untrue, true = Change("moved_in", 20200101, False, "open"), Change("level", 3, True, "open")
    assert nearest_of(bundle, 6, untrue, true) == {"P": 2}


def test_of_a_day_that_the_child_has_none_of_no_earlier_one_is_told() -> None:
    """Both have one seat in view and differ in the deed alone, which the refused child does not have."""
    header = Header("fictitious", RULES.order, "per-applicant", "reserved-first", "Fictitious draw")
    rows = [Applicant(name, "", (), "", ()) for name in "ab"]
    choices = [
        Choice("a", 1, "P", (1, 0, 0, 20190501, 20180501, 0)),
        Choice("b", 1, "P", (1, 0, 0, 20190501, 99991231, 0)),
    ]
    bundle = frozen(header, sorted_tables([Programme("P", 1)], [], rows, choices, [], 6))
    deed = Change("titled", 20180501, True, "open")
    assert Again(bundle).place(1, "P", {"titled": 20180430}) == "P"
    assert nearest_of(bundle, 1, deed) == {}
    assert nearest_of(bundle, 1, deed, Change("moved_in", 20190501, True, "open")) == {"P": 20190430}


def test_a_change_beyond_every_value_in_the_bundle_is_solved_anew() -> None:
    bundle = county(seats=6)
    assert Again(bundle).place(6, "P", {"moved_in": 19990101}) == "P"
    assert Again(bundle).place(6, "P", {"moved_in": 20990101}) == "Q"
    assert Again(bundle, {"points"}).place(8, "P", {"points": 1_000_000}) == "P"


@pytest.mark.parametrize("applicants", [0, 1, SMALLEST, SMALLEST + 1, 4000, 100_000])
def test_the_parts_hold_everybody_once(applicants: int) -> None:
    made = parts(applicants)
    assert [at for some in made for at in some] == list(range(applicants)) and len(made) <= PARTS
