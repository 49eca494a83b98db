"""The table of offices is whole: every kind that an organisation may be has words, every claim a source."""

from typing import get_args

from app.accounts.models import OfficeKind
from app.applications.offices import VALUES, offices
from app.eligibility import facts


def test_every_kind_of_office_has_words_and_a_claim_and_no_other_is_named() -> None:
    found = offices()
    assert set(found.kinds) == set(found.claims.values()) == {kind.value for kind in OfficeKind}
    for words in found.kinds.values():
        assert any("\u4e00" <= letter <= "\u9fff" for letter in words.zh) and words.en.isascii()
        assert 1 <= words.days <= 60


def test_every_status_of_policy_and_every_document_has_an_office() -> None:
    claimed = set(offices().claims)
    for evidence, values in (("policy", facts.PolicyKind), ("document", facts.DocumentKind)):
        assert {(evidence, value) for value in get_args(values) if value != "none"} <= claimed
    assert {evidence for evidence, _ in claimed} == set(VALUES)
    assert ("right_place", "grandparents") not in claimed  # the household register is looked up by the bureau
