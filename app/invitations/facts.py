"""What the registers say of a child, as the form that its family would fill in and the checks that they stand for.
Pure."""

from dataclasses import dataclass, field
from typing import Any

from app.applications.form import Form, read_form
from app.applications.lifecycle import EvidenceStatus
from app.invitations.register_file import Source

Said = dict[str, Any]
# Register → the evidence that it is the office's own answer for.
SHOWS = {
    Source.REGISTRATIONS: "registration",
    Source.KINDERGARTEN_LEAVERS: "schooling",
    Source.PERMITS: "permit",
}


@dataclass(frozen=True)
class Prefilled:
    """A form as far as the registers know it, and what of it they have confirmed (kind of evidence → status)."""

    form: Form = field(repr=False)
    checks: dict[str, str]


def child_of(said: Said) -> dict[str, Any]:
    """The particulars by the register that knows a number, else by the one that knows best."""
    ordered = [said[source] for source in Source if source in said]
    numbered = next((one for one in ordered if one["child"]["number"] is not None), ordered[0])
    child: dict[str, Any] = numbered["child"]
    return child


def guardians_of(said: Said) -> list[dict[str, Any]]:
    """Whom the registers name as guardians, the register that knows best first."""
    named = [said[source]["guardian"] for source in Source if source in said]
    return [one for one in named if one["name"] or one["number"]]


def prefilled(said: Said, community: str) -> Prefilled:
    """The form that is to be confirmed; wishes, home and what no register knows are the family's to add."""
    guardians = guardians_of(said)
    filled = {
        "child": child_of(said),
        "relation": guardians[0]["relation"] if guardians else "other_guardian",
        "residence_community": community,
        "registration_community": said.get(Source.REGISTRATIONS, {}).get("community"),
        "facts": facts_of(said),
    }
    checks = {kind: EvidenceStatus.CONFIRMED.value for source, kind in SHOWS.items() if source in said}
    return Prefilled(read_form(filled), checks)


def facts_of(said: Said) -> dict[str, Any]:
    """In the words of `app.eligibility.facts`; what is unknown is left out."""
    facts: dict[str, Any] = {}
    if Source.REGISTRATIONS in said:
        known = said[Source.REGISTRATIONS]["facts"]
        facts["registration"] = _known(place="county", **known)
    if Source.KINDERGARTEN_LEAVERS in said:
        facts["schooling"] = {"kind": "kindergarten", "since": said[Source.KINDERGARTEN_LEAVERS]["facts"]["since"]}
    if Source.PERMITS in said:
        known = said[Source.PERMITS]["facts"]
        proof = {name: known[name] for name in ("obtained_on", "valid_until")}
        permit = _known(registered_since=known["registered_since"], endorsements=known["endorsements"])
        facts["first_parent"] = {"permit": {"held": True, **permit, "proof": proof}}
    return facts


def _known(**facts: Any) -> dict[str, Any]:
    return {name: value for name, value in facts.items() if value is not None}
