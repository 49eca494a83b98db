"""What a form and its checks become for the rules: evidence, facts, and rights by school. Pure."""

from typing import Any

import pytest

from app.applications.assessment import EVIDENCE, Assessed, assess, evidence_claimed, facts_of, keys_by_override
from app.applications.form import Form
from app.applications.lifecycle import AssessmentEvent, EvidenceStatus
from app.eligibility.ruleset import RULESETS, Ruleset, load
from tests.applications.office import WHOLE
from tests.county import AS_OF, LOCAL, MIGRANT, form

SAID: dict[EvidenceStatus, bool | None] = {
    EvidenceStatus.CLAIMED: None,
    EvidenceStatus.CHECKING: None,
    EvidenceStatus.CONFIRMED: True,
    EvidenceStatus.REFUSED: False,
}
CATCHMENTS = {"c1": ("s1",), "c2": ("s2",), "c12": ("s1", "s2"), "c23": ("s2", "s3")}
ELSEWHERE = 11
# At all stages together.
EVERY = {**WHOLE, "leaver": {"kind": "county", "school": "s1"}, "right_place": {"kind": "station"}}


ELDER = {"number_kind": "mainland", "number": "990424201703150017"}


def every() -> Form:
    return form(facts=EVERY, right_place_community="c12", sibling_school="s3", elder=ELDER)


@pytest.fixture(scope="module")
def ruleset() -> Ruleset:
    return load(RULESETS / "primary-2026.toml")


def confirmed(filled: Form, **otherwise: str) -> dict[str, str]:
    return dict.fromkeys(evidence_claimed(filled), "confirmed") | otherwise


def found(ruleset: Ruleset, filled: Form, checks: dict[str, str] | None = None, disputed: bool = False) -> Assessed:
    return assess(filled, confirmed(filled) if checks is None else checks, ruleset, AS_OF, CATCHMENTS, disputed)


def value_at(holder: Any, path: str) -> Any:
    for name in path.split("."):
        holder = getattr(holder, name)
    return holder


def about_unknown(result: Assessed) -> list[str]:
    lines = result.trace[0]["decision"]["trace"]
    return [path for line in lines if line["value"] == "unknown" for path in line["about"]]


def test_each_part_of_the_facts_rests_on_evidence_of_its_own_kind() -> None:
    assert set(evidence_claimed(every())) == set(EVIDENCE)
    assert set(evidence_claimed(form(facts=LOCAL))) == {"registration", "home"}
    assert set(evidence_claimed(form(facts={}))) == {"registration", "home"}


def test_a_plain_no_needs_no_proof() -> None:
    none: dict[str, Any] = {
        "first_parent": {
            "permit": {"held": False},
            "work": {"kind": "none"},
            "education": "none",
            "skill": "none",
            "honours": [],
            "records": [],
        },
        "schooling": {"kind": "none"},
        "policy": {"kind": "none"},
        "document": {"kind": "none"},
        "deferral": {"years": []},
        "leaver": {"kind": "none"},
    }
    assert set(evidence_claimed(form(facts=none))) == {"registration", "home"}


@pytest.mark.parametrize("kind", EVIDENCE)
@pytest.mark.parametrize("status", EvidenceStatus)
def test_a_check_says_yes_or_no_and_a_claim_neither(kind: str, status: EvidenceStatus) -> None:
    filled = every()
    facts = facts_of(filled, {kind: status})
    flags = {name: value_at(facts, flag) for name, (_, flag) in EVIDENCE.items()}
    assert flags == {name: SAID[status] if name == kind else None for name in EVIDENCE}


@pytest.mark.parametrize(
    ("change", "kinds"),
    [
        ({"child": {"name": "虚构儿童乙"}}, {"registration"}),
        ({"child": {"born_on": "2020-03-16"}}, {"registration"}),
        ({"registration_community": "c2"}, {"registration"}),
        ({"residence_community": "c2"}, {"home"}),
        ({"facts": {**LOCAL, "home": {**LOCAL["home"], "share": "1/2"}}}, {"home"}),
        ({"facts": {**LOCAL, "policy": {"kind": "talent"}}}, {"policy"}),
        ({"preferences": []}, set()),
        ({"sibling_school": "s1"}, set()),
        ({"sibling_school": "s1", "elder": ELDER}, {"sibling"}),
        ({"twin": True}, set()),
    ],
)
def test_what_shows_something_else_is_other_evidence(change: dict[str, Any], kinds: set[str]) -> None:
    before, after = evidence_claimed(form()), evidence_claimed(form(**change))
    assert {kind for kind in before | after if before.get(kind) != after.get(kind)} == kinds


def test_a_right_in_one_catchment_carries_the_keys_of_both_papers(ruleset: Ruleset) -> None:
    result = found(ruleset, form())
    assert result.event is AssessmentEvent.FIND_ELIGIBLE and result.kind == "local"
    assert {school: keys["level"] for school, keys in result.rights.items()} == {"s1": 1}
    assert result.keys_elsewhere["level"] == ELSEWHERE
    assert [entry["schools"] for entry in result.trace] == [["s1"]]


def test_home_and_registration_in_two_catchments_give_two_rights_with_their_own_keys(ruleset: Ruleset) -> None:
    result = found(ruleset, form(registration_community="c2"))
    assert {school: keys["level"] for school, keys in result.rights.items()} == {"s1": 5, "s2": 3}
    assert result.rights["s2"]["moved_in"] == 20200401 and result.rights["s1"]["moved_in"] == 99991231
    assert result.rights["s1"]["titled"] == 20190520 and result.rights["s2"]["titled"] == 99991231


def test_a_group_of_schools_gives_a_right_at_each_and_overlapping_groups_their_true_ones(ruleset: Ruleset) -> None:
    together = found(ruleset, form(residence_community="c12", registration_community="c12"))
    assert {school: keys["level"] for school, keys in together.rights.items()} == {"s1": 1, "s2": 1}
    assert len(together.trace) == 1
    apart = found(ruleset, form(residence_community="c12", registration_community="c23"))
    assert {school: keys["level"] for school, keys in apart.rights.items()} == {"s1": 5, "s2": 1, "s3": 3}
    assert [entry["schools"] for entry in apart.trace] == [["s2"], ["s3"], ["s1"]]


def test_a_soldiers_place_of_right_counts_where_both_it_and_the_standing_are_confirmed(ruleset: Ruleset) -> None:
    standing = {"kind": "military", "proof": {"obtained_on": "2024-01-01", "valid_until": "2030-01-01"}}
    facts = {**MIGRANT, "policy": standing, "right_place": {"kind": "grandparents"}}
    filled = form(facts=facts, right_place_community="c23")
    levels = [
        {school: keys["level"] for school, keys in found(ruleset, filled, checks).rights.items()}
        for checks in (
            confirmed(filled),
            confirmed(filled, right_place="claimed"),
            confirmed(filled, right_place="refused"),
            confirmed(filled, policy="claimed"),
        )
    ]
    assert levels == [{"s1": 4, "s2": 4, "s3": 4}, {"s1": 4}, {"s1": 4}, {"s1": 8}]
    assert found(ruleset, filled).claimed == ("s2", "s3")
    assert found(ruleset, filled, confirmed(filled, right_place="claimed")).claimed == ()
    other = found(ruleset, form(facts={**facts, "policy": {**standing, "kind": "talent"}}, right_place_community="c23"))
    assert {school: keys["level"] for school, keys in other.rights.items()} == {"s1": 4}


def test_the_elders_school_is_a_right_with_its_own_keys_once_confirmed(ruleset: Ruleset) -> None:
    filled = form(sibling_school="s3", elder=ELDER)
    levels = [
        {school: keys["level"] for school, keys in found(ruleset, filled, checks).rights.items()}
        for checks in (confirmed(filled), confirmed(filled, sibling="claimed"), confirmed(filled, sibling="refused"))
    ]
    assert levels == [{"s1": 1, "s3": 10}, {"s1": 1}, {"s1": 1}]
    assert found(ruleset, filled).claimed == ("s3",)
    assert found(ruleset, filled, confirmed(filled, sibling="claimed")).claimed == ()
    rights = found(ruleset, filled).rights
    assert rights["s3"]["moved_in"] == rights["s3"]["titled"] == 99991231 and rights["s1"]["moved_in"] == 20200401
    own = found(ruleset, form(sibling_school="s1", elder=ELDER))
    assert {school: keys["level"] for school, keys in own.rights.items()} == {"s1": 1}


def test_without_a_catchment_there_is_no_right_and_yet_a_decision(ruleset: Ruleset) -> None:
    result = found(ruleset, form(residence_community="c9", registration_community=None))
    assert result.event is AssessmentEvent.FIND_ELIGIBLE and result.rights == {} and len(result.trace) == 1
    assert result.keys_elsewhere["level"] == ELSEWHERE


def test_a_migrants_child_has_a_right_where_it_lives(ruleset: Ruleset) -> None:
    result = found(ruleset, form(facts=MIGRANT))
    assert result.kind == "migrant" and result.groups == ("migrant",)
    assert {school: keys["level"] for school, keys in result.rights.items()} == {"s1": 8}
    assert result.rights["s1"]["points"] == result.keys_elsewhere["points"] > 0


@pytest.mark.parametrize("status", ["claimed", "refused"])
def test_a_home_that_is_not_confirmed_gives_no_right(ruleset: Ruleset, status: str) -> None:
    filled = form(facts=MIGRANT)
    result = found(ruleset, filled, confirmed(filled, home=status))
    assert result.event is AssessmentEvent.FIND_ELIGIBLE and result.rights == {}
    known = {gap["code"] for gap in result.trace[0]["decision"].get("improvable", [])}
    assert ("home.in_catchment" in known) == (status == "claimed")


@pytest.mark.parametrize("status", ["claimed", "refused"])
def test_a_registration_that_is_not_confirmed_gives_no_right_by_it(ruleset: Ruleset, status: str) -> None:
    filled = form(registration_community="c2")
    assert "s2" not in found(ruleset, filled, confirmed(filled, registration=status)).rights


@pytest.mark.parametrize("checks", [{"registration": "claimed", "home": "claimed"}, {}])
def test_a_claim_leaves_open_and_says_what_is_missing(ruleset: Ruleset, checks: dict[str, str]) -> None:
    result = found(ruleset, form(), checks)
    assert {"registration.in_catchment", "home.in_catchment"} <= set(about_unknown(result))
    assert result.event is AssessmentEvent.FIND_UNDETERMINED and "registration.verified" in result.missing
    assert result.rights == {} and result.keys_elsewhere == {}


def test_a_refused_crucial_paper_proposes_a_refusal(ruleset: Ruleset) -> None:
    filled = form(facts=MIGRANT)
    result = found(ruleset, filled, confirmed(filled, permit="refused"))
    assert result.event is AssessmentEvent.FIND_NOT_ELIGIBLE and result.rights == {} and result.missing == ()


def test_only_an_admission_waits_for_a_disputed_guardianship(ruleset: Ruleset) -> None:
    plain, disputed = found(ruleset, form()), found(ruleset, form(), disputed=True)
    assert disputed.event is AssessmentEvent.FIND_UNDETERMINED and disputed.missing == ("guardianship",)
    assert (disputed.trace, disputed.digest, disputed.rights) == (plain.trace, plain.digest, plain.rights)
    too_young = form(child={"born_on": "2024-01-01"})
    for event in {found(ruleset, too_young, disputed=disputed).event for disputed in (False, True)}:
        assert event is AssessmentEvent.FIND_NOT_ELIGIBLE


def test_outcome_kind_and_keys_elsewhere_hang_on_no_catchment(ruleset: Ruleset) -> None:
    for facts in (LOCAL, MIGRANT, WHOLE):
        results = [found(ruleset, form(facts=facts, residence_community=home)) for home in ("c1", "c9", "c12", "c23")]
        assert len({str((one.event, one.kind, one.groups, one.missing, one.keys_elsewhere)) for one in results}) == 1


def test_the_digest_names_the_finding_and_nothing_else(ruleset: Ruleset) -> None:
    assert found(ruleset, form()).digest == found(ruleset, form(preferences=[])).digest
    assert found(ruleset, form()).digest != found(ruleset, form(registration_community="c2")).digest


@pytest.mark.parametrize("name", ["primary-2026", "primary-2026-by-residence"])
def test_an_override_stands_behind_every_right_and_level_with_it_all_elsewhere(name: str) -> None:
    ruleset = load(RULESETS / f"{name}.toml")
    keys = keys_by_override(ruleset)
    assert f"{next(iter(keys))}<" == ruleset.order[0] and len(keys) == len(ruleset.order) - 1
    assert keys["level"] == max(route.text.elsewhere_level for route in ruleset.routes)
    assert all(keys[key.name] == key.neutral for key in ruleset.keys if key.measure != "level")
