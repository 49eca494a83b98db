"""The templates: complete, in two languages, and what is sent outside names nobody."""

import pytest

from app.messages.vocabulary import Type, inbox_words, kinds, sms_words
from tests.messages.parlour import CHILD, ROUND

GIVEN = {Type.TITLE: ROUND, Type.TEXT: "虚构", Type.MOMENT: "2026-07-10T09:00:00+00:00"}
LONGEST_SMS = 140


@pytest.mark.parametrize("name", kinds())
def test_a_kind_has_its_words_in_both_languages_and_sends_nothing_personal(name: str) -> None:
    kind = kinds()[name]
    parameters = {parameter: GIVEN[type_] for parameter, type_ in kind.parameters.items()}
    words = inbox_words(name, parameters, dict.fromkeys(kind.personal, CHILD))
    sent = sms_words(name, parameters)
    assert CHILD in words["zh"] and CHILD in words["en"] and CHILD not in sent
    assert all("\u4e00" <= letter <= "\u9fff" or letter in CHILD for letter in words["zh"][:2])
    assert words["en"].replace(CHILD, "").isascii() and len(sent) <= LONGEST_SMS
    assert "until" not in kind.parameters or ("17:00" in sent and "17:00 on 10 July" in words["en"])


def test_a_kind_that_was_taken_out_of_the_vocabulary_still_has_a_name() -> None:
    assert inbox_words("of_former_times", {}, {})["en"] == "of_former_times"
