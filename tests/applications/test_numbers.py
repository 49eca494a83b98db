"""GB 11643: published samples, fictitious numbers, and every way to write one of them."""

import random
from datetime import date

import pytest

from app.applications import numbers
from app.errors import ServiceError
from tests.county import form

SAMPLE, OLD_SAMPLE = "11010519491231002X", "110105491231002"
SAMPLES = {
    SAMPLE: (date(1949, 12, 31), "mainland"),
    "440524188001010014": (date(1880, 1, 1), "mainland"),
    "330424201009010011": (date(2010, 9, 1), "mainland"),
    "330424200912310024": (date(2009, 12, 31), "mainland"),
    "810000201003150015": (date(2010, 3, 15), "hong_kong"),
    "820000201003150025": (date(2010, 3, 15), "macao"),
    "830000201003150019": (date(2010, 3, 15), "taiwan"),
}
FULL_WIDTH = {ord(letter): ord(letter) + 0xFEE0 for letter in "0123456789Xx"}
SEPARATORS = ("", " ", "\u3000", "-", "－", "—", ".", "\u00a0", "\u200b", "\t", "/")


def whole(body: str) -> str:
    return body + numbers.check_digit(body)


def spellings(count: int) -> list[str]:
    """Different ways to write SAMPLE: width, case, separators, 15 digits; the same ones at each run."""
    chance, made = random.Random(11643), {SAMPLE, OLD_SAMPLE}
    while len(made) < count:
        plain = OLD_SAMPLE if chance.random() < 0.2 else SAMPLE
        letters = []
        for letter in plain:
            written = letter.lower() if chance.random() < 0.5 else letter
            written = written.translate(FULL_WIDTH) if chance.random() < 0.4 else written
            letters += [written, chance.choice(SEPARATORS) if chance.random() < 0.2 else ""]
        made.add("".join(letters))
    return sorted(made)


@pytest.mark.parametrize("text", SAMPLES)
def test_published_and_fictitious_numbers_are_read_with_birth_date_and_kind(text: str) -> None:
    read = numbers.read(text, "number")
    assert (read.text, read.born_on, read.region_kind) == (text, *SAMPLES[text])


def test_1000_spellings_are_one_number_and_one_child() -> None:
    written = spellings(1000)
    assert len(written) == 1000
    assert {numbers.read(text, "number").text for text in written} == {SAMPLE}
    particulars = {"number_kind": "mainland", "born_on": "1949-12-31"}
    forms = [form(child={**particulars, "number": text}) for text in written]
    assert {one.digest for one in forms} == {forms[0].digest}


@pytest.mark.parametrize("place", range(18))
def test_any_one_wrong_digit_is_noticed(place: int) -> None:
    wrong = str((int(SAMPLE[place]) + 1) % 10) if SAMPLE[place].isdigit() else "0"
    with pytest.raises(ServiceError):
        numbers.read(SAMPLE[:place] + wrong + SAMPLE[place + 1 :], "number")


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("", "application.number_form"),
        ("1101051949123100", "application.number_form"),
        ("11010519491231002X0", "application.number_form"),
        ("11010519491231002Y", "application.number_form"),
        ("1101051949123X002X", "application.number_form"),
        ("٣٣٠٤٢٤٢٠١٠٠٩٠١٠٠١١", "application.number_form"),
        ("虚构儿童的证件号码一共是十八个汉字", "application.number_form"),
        ("110105194912310021", "application.number_check_digit"),
        ("330424201002300010", "application.number_check_digit"),
        (whole("33042420100230001"), "application.number_form"),
        (whole("33042400000101001"), "application.number_form"),
    ],
)
def test_a_refusal_names_the_field_and_never_repeats_the_number(written: str, code: str) -> None:
    with pytest.raises(ServiceError) as refused:
        numbers.read(written, "child.number")
    assert (refused.value.code, refused.value.field) == (code, "child.number")
    told = [str(refused.value), *(refused.value.title(x) + refused.value.remedy(x) for x in ("zh", "en"))]
    assert written == "" or not any(written in words for words in told)


def test_a_number_does_not_print_itself() -> None:
    assert SAMPLE not in repr(numbers.read(SAMPLE, "number"))


def test_a_passport_of_15_digits_gets_no_century() -> None:
    assert numbers.read_foreign("1101-0549 1231002", "number") == OLD_SAMPLE
    assert numbers.read_foreign("ａb１２３４５", "number") == "AB12345"


def test_a_residence_card_of_a_foreigner_is_no_citizens_number() -> None:
    card = whole("91133020001010001")
    assert numbers.read_foreign(card, "number") == card


@pytest.mark.parametrize("written", ["", "  -- ", "1234", "护照12345", "A" * 21, SAMPLE, "1101 0519 4912 3100 2x"])
def test_what_is_no_passport_or_is_a_citizens_number_is_refused_as_foreign(written: str) -> None:
    with pytest.raises(ServiceError, match=r"application\.foreign_number"):
        numbers.read_foreign(written, "number")


@pytest.mark.parametrize(("name", "shown"), [("张三", "张*"), ("欧阳某某", "欧***"), ("李", "李*"), ("", "*")])
def test_a_masked_name_shows_its_first_character(name: str, shown: str) -> None:
    assert numbers.masked_name(name) == shown
