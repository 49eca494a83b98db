"""Facts as JSON: exact, and refused by the name of the bad field without repeating what it held."""

import json
from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from app.eligibility.exact_json import BadField, canonical
from app.eligibility.facts import Facts, FlatUse, Home, Leaver, Proof, Registration
from tests.eligibility.cases import base


def test_unknown_facts_are_left_out_and_read_back_as_unknown() -> None:
    assert Facts().to_json() == {"format": "facts/1"}
    assert Facts.from_json({"format": "facts/1", "born_on": None}) == Facts()


def test_no_and_none_are_kept_apart_from_unknown() -> None:
    facts = Facts(home=Home(parents_own_none=False, uses=()))
    assert facts.to_json()["home"] == {"parents_own_none": False, "uses": []}
    assert Facts.from_json(facts.to_json()) == facts != Facts()


def test_every_kind_of_fact_has_one_exact_form() -> None:
    facts = Facts(
        born_on=date(2020, 2, 29),
        registration=Registration(place="county", registered_on=date(2020, 3, 1)),
        home=Home(share=Fraction(5001, 10000), proof=Proof(valid_until=date.max), uses=(FlatUse(2020, True),)),
    )
    assert canonical(facts.to_json()) == (
        '{"born_on":"2020-02-29","format":"facts/1","home":{"proof":{"valid_until":"9999-12-31"},'
        '"share":"5001/10000","uses":[{"same_household":true,"year":2020}]},'
        '"registration":{"place":"county","registered_on":"2020-03-01"}}'
    )


def test_facts_stored_before_leavers_were_known_read_back_with_the_same_text() -> None:
    stored = '{"born_on":"2020-02-29","deferral":{"years":[]},"format":"facts/1","registration":{"place":"county"}}'
    facts = Facts.from_json(json.loads(stored))
    assert facts.leaver == Leaver()
    assert canonical(facts.to_json()) == stored


def test_a_leaver_has_one_exact_form() -> None:
    facts = Facts(leaver=Leaver(kind="county", school="P1", in_feeder=False, verified=True))
    assert facts.to_json()["leaver"] == {"in_feeder": False, "kind": "county", "school": "P1", "verified": True}
    assert Facts.from_json(facts.to_json()) == facts


def test_a_fraction_is_kept_in_lowest_terms() -> None:
    read = Facts.from_json({"format": "facts/1", "home": {"share": "2/4"}})
    assert read.to_json()["home"] == {"share": "1/2"}


@pytest.mark.parametrize(
    ("path", "value", "remedy"),
    [
        ("born_on", "2019-02-29", "YYYY-MM-DD"),
        ("born_on", "20190201", "YYYY-MM-DD"),
        ("born_on", "２０１９-02-01", "YYYY-MM-DD"),
        ("born_on", 20190201, "YYYY-MM-DD"),
        ("number_kind", "martian", "mainland, hong_kong"),
        ("number_kind", ["mainland"], "mainland, hong_kong"),
        ("registration", "C1", "object of named fields"),
        ("registration.village", "C1", "correct its name"),
        ("registration.community", "", "from 1 to 64"),
        ("registration.community", 330424, "quotes"),
        ("registration.verified", "yes", "true or false"),
        ("registration.verified", 1, "true or false"),
        ("registration.place", True, "county, city"),
        ("home.share", 0.51, "numerator/denominator"),
        ("home.share", "51%", "numerator/denominator"),
        ("home.share", "1/0", "numerator/denominator"),
        ("home.share", "101/100", "from 0 to 1"),
        ("home.uses", {}, "give a list"),
        ("home.uses[0].year", "2020", "whole number"),
        ("home.uses[0].year", 1066, "from 1900 to 2999"),
        ("home.uses[0].same_household", "no", "true or false"),
        ("first_parent.insurance.months", -1, "from 0 to 1200"),
        ("first_parent.insurance.months", 480000, "from 0 to 1200"),
        ("first_parent.insurance.months", 4.5, "whole number"),
        ("first_parent.insurance.months", True, "whole number"),
        ("first_parent.insurance.months", 10**40, "within"),
        ("first_parent.permit.endorsements[1]", "soon", "YYYY-MM-DD"),
        ("first_parent.honours[0]", "world", "county, city, province, nation"),
        ("deferral.years", [2025, None], "whole number"),
        ("leaver", {"kind": "abroad"}, "county, elsewhere, none"),
        ("leaver", {"school": ""}, "from 1 to 64"),
        ("leaver", {"in_feeder": "yes"}, "true or false"),
    ],
)
def test_a_bad_fact_is_refused_by_its_name_and_not_repeated(path: str, value: Any, remedy: str) -> None:
    held = base("local", home__uses=[{"year": 2020}], first_parent__permit__endorsements=["2024-01-01", "2025-01-01"])
    stored = json.loads(canonical({**held.to_json()}))
    stored["first_parent"]["honours"] = ["county"]
    put(stored, path, value)
    with pytest.raises(BadField) as refused:
        Facts.from_json(stored)
    assert refused.value.field.startswith(path) and remedy in refused.value.remedy
    if isinstance(value, str) and value and value not in ("C1", "no", "yes"):
        assert value not in str(refused.value)


@pytest.mark.parametrize("value", [None, [], "facts/1", {}, {"format": "facts/2"}, {"born_on": "2020-01-01"}])
def test_what_is_not_facts_in_this_format_is_refused(value: Any) -> None:
    with pytest.raises(BadField, match="format: not facts/1"):
        Facts.from_json(value)


def test_a_use_of_a_flat_needs_its_year() -> None:
    with pytest.raises(BadField, match=r"home.uses\[0\].year: missing"):
        Facts.from_json({"format": "facts/1", "home": {"uses": [{"same_household": True}]}})


def put(facts: dict[str, Any], path: str, value: Any) -> None:
    *parents, last = path.replace("[", ".").replace("]", "").split(".")
    part: Any = facts
    for parent in parents:
        part = part[int(parent) if parent.isdigit() else parent]
    part[int(last) if last.isdigit() else last] = value
