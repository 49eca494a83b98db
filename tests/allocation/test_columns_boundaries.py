"""Choices as columns, at the ends of what a row may hold, and tables whose rows come in any order."""

from array import array

import pytest

from app.allocation.choices import Choice, choices_of, in_order
from app.allocation.preferences import preferences
from app.allocation.tables import Applicant, Fallback, Programme, Reserve, sorted_tables, write_tables
from app.allocation.text import Refused

ROWS = (Choice("x", 7, "B", (3, -4)), Choice("x", 1_000_000, "A", (1, 0)), Choice("y", 1, "A", (0, 5)))
NAMES = (["x", "y", "z"], ["A", "B"])


@pytest.mark.parametrize("order", [(0, 1, 2), (1, 0, 2), (2, 1, 0), (0, 2, 1), (1, 2, 0), (2, 0, 1)])
def test_rows_in_any_order_stand_by_applicant_and_rank_up_to_the_last(order: tuple[int, ...]) -> None:
    choices = choices_of([ROWS[at] for at in order], *NAMES, 2)
    assert tuple(choices) == ROWS
    assert (choices[0], choices[-1], choices[1:]) == (ROWS[0], ROWS[2], ROWS[1:])
    assert list(choices.first) == [0, 2, 3, 3]
    assert [choices.of(name) for name in NAMES[0]] == [ROWS[:2], ROWS[2:], ()]
    assert len(choices) == 3
    with pytest.raises(IndexError):
        choices[3]


def test_two_rows_the_wrong_way_round_are_put_in_order() -> None:
    assert tuple(choices_of([ROWS[1], ROWS[0]], *NAMES, 2)) == ROWS[:2]


@pytest.mark.parametrize("name", ["", "w", "xx", "zz"])
def test_whoever_is_no_applicant_has_no_choices(name: str) -> None:
    with pytest.raises(KeyError, match="no applicant of this name"):
        choices_of(ROWS, *NAMES, 2).of(name)


def test_cells_are_those_of_the_file_whole_or_in_part() -> None:
    choices = choices_of(ROWS, *NAMES, 2)
    lines = ["x,7,B,3,-4", "x,1000000,A,1,0", "y,1,A,0,5"]
    assert [",".join(map(str, cells)) for cells in choices.cells()] == lines
    assert [",".join(map(str, cells)) for cells in choices.cells(slice(1, 2))] == lines[1:2]


def test_columns_of_these_very_names_are_taken_as_they_are_and_others_made_anew() -> None:
    choices = choices_of(ROWS, *NAMES, 2)
    assert choices_of(choices, *NAMES, 2) is choices
    more = choices_of(choices, ["w", *NAMES[0]], NAMES[1], 2)
    assert (tuple(more), list(more.first)) == (ROWS, [0, 0, 2, 3, 3])
    with pytest.raises(ValueError, match="zip"):
        choices_of(choices, *NAMES, 1)


def test_the_order_tells_in_which_row_each_choice_was_given() -> None:
    columns = [array("i", [1, 0, 0, 0]), array("i", [1, 5, 2, 5]), array("i", [0, 1, 0, 0])]
    choices, order = in_order(*NAMES, columns)
    # The rank that stands twice is refused elsewhere; until then the programme decides.
    assert [row[:3] for row in choices] == [("x", 2, "A"), ("x", 5, "A"), ("x", 5, "B"), ("y", 1, "A")]
    assert list(order) == [2, 3, 1, 0]
    again, order = in_order(*NAMES, [choices.applicant[:2], choices.rank[:2], choices.programme[:2]])
    assert (len(again), list(order)) == (2, [0, 1])


def test_tables_are_the_same_whatever_the_order_of_their_rows() -> None:
    programmes = [Programme("B", 1), Programme("A", 2)]
    reserves = [Reserve("B", 1, "g", 1), Reserve("A", 2, "g", 1), Reserve("A", 1, "h", 1)]
    applicants = [Applicant(name, "", (), "", ()) for name in "zyx"]
    fallbacks = [Fallback("G", 1, "A"), Fallback("F", 10, "A"), Fallback("F", 9, "B")]
    one = sorted_tables(programmes, reserves, applicants, ROWS, fallbacks, 2)
    two = sorted_tables(programmes[::-1], reserves[::-1], applicants[::-1], ROWS[::-1], fallbacks[::-1], 2)
    assert one == two
    assert [row.programme for row in one.programmes] == ["A", "B"]
    assert one.reserves == (reserves[2], reserves[1], reserves[0])
    assert one.fallbacks == (fallbacks[2], fallbacks[1], fallbacks[0])


def test_a_choice_of_what_is_not_declared_is_refused_before_there_is_a_file() -> None:
    with pytest.raises(Refused) as caught:
        sorted_tables([], [], [Applicant("x", "", (), "", ())], [Choice("x", 1, "A", ())], [], 0)
    assert (caught.value.file, caught.value.line) == ("choices.csv", 0)


def test_files_have_a_row_for_each_and_empty_cells_where_there_is_no_fallback() -> None:
    tables = sorted_tables(
        [Programme("A", 2)],
        [Reserve("A", 3, "g", 1)],
        [Applicant("x", "twins", ("g", "h"), "F", (4, -5)), Applicant("y", "", (), "", ())],
        [Choice("y", 2, "A", (6, 7))],
        [Fallback("F", 8, "A")],
        2,
    )
    assert write_tables(tables, ("level", "points")) == {
        "applicants.csv": b"applicant,lottery_unit,groups,fallback,level,points\nx,twins,g;h,F,4,-5\ny,,,,,\n",
        "choices.csv": b"applicant,rank,programme,level,points\ny,2,A,6,7\n",
        "fallbacks.csv": b"fallback,rank,programme\nF,8,A\n",
        "programmes.csv": b"programme,capacity\nA,2\n",
        "reserves.csv": b"programme,precedence,group,seats\nA,3,g,1\n",
    }


def test_a_programme_of_choices_and_fallback_stands_once_with_the_keys_of_the_choice() -> None:
    applicants = [Applicant("x", "", (), "F", (9,)), Applicant("y", "", (), "", ())]
    fallbacks = [Fallback("F", 1, "A"), Fallback("F", 2, "B")]
    tables = sorted_tables(
        [Programme("A", 1), Programme("B", 1)], [], applicants, [Choice("x", 1, "B", (1,))], fallbacks, 1
    )
    lists = preferences(tables)
    assert [*lists.wishes(applicants[0])] == [("B", (1,)), ("A", (9,))]
    assert [*lists.wishes(applicants[1])] == []
