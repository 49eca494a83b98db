"""Which register is asked about what a family claims. Pure.

A parent's number is not in the form: its entries are asked for by the child's number, and the platform finds the
parent by the household (assumption; ADR 0023).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from app.applications.assessment import evidence_claimed
from app.applications.form import Form
from app.gateways.answers import About, Catalogue, Question

VACCINATION, GUARDIANSHIP, REGISTRATION = "vaccination", "guardianship", "registration"
# Asked beside the household register: no evidence hangs on them.
NOTES = (VACCINATION, GUARDIANSHIP)
PARENTS = ("permit", "work", "insurance")
KINDS = (REGISTRATION, "home", *PARENTS, *(f"second_{kind}" for kind in PARENTS), "policy")
FLATS = ("own_flat", "grandparents")
GUARDED_BY_OTHERS = ("grandparent", "other_guardian")
STANDINGS = {"martyr": Catalogue.STANDINGS, "military": Catalogue.STANDINGS, "talent": Catalogue.TALENTS}


@dataclass(frozen=True, repr=False)
class Wanted:
    """What is to be asked (`catalogue`: of whom; None where no register knows), and what the family says of it."""

    catalogue: Catalogue | None
    about: About
    subject: dict[str, Any]
    said: dict[str, Any]

    def question(self, id_: UUID, as_of: date) -> Question:
        who = self.subject
        return Question(id_, self.about, who["number_kind"], who["number"], who["name"], as_of)


def rests_on(kind: str) -> str:
    """The kind of evidence with whose content a question stands and falls."""
    return REGISTRATION if kind in NOTES else kind


def wanted_of(form: Form, kinds: Iterable[str]) -> dict[str, Wanted]:
    """Kind → what is asked, for those of the kinds that the family claims, and with the registration the notes."""
    claimed, whole = evidence_claimed(form), form.to_json()
    claimed |= {VACCINATION: {}}
    if form.relation in GUARDED_BY_OTHERS:
        claimed |= {GUARDIANSHIP: {"relation": form.relation}}
    found = {}
    for kind in kinds:
        if kind in claimed:
            said = claimed[kind]
            subject = said.get("holder") if kind == "policy" else whole["child"]
            known = subject is not None and subject["number"] is not None
            catalogue = _catalogue(kind, said) if known else None
            found[kind] = Wanted(catalogue, _about(kind), subject or whole["child"], said)
    return found


def _about(kind: str) -> About:
    if kind in PARENTS:
        return About.FIRST_PARENT
    return About.SECOND_PARENT if kind.startswith("second_") else About.PERSON


def _catalogue(kind: str, said: dict[str, Any]) -> Catalogue | None:
    match kind.removeprefix("second_"):
        case "registration":
            return Catalogue.HOUSEHOLDS
        case "home":
            return Catalogue.TITLES if said.get("basis") in FLATS else None
        case "permit":
            return Catalogue.RESIDENCE_PERMITS
        case "work":
            return Catalogue.LICENCES if said.get("kind") == "licence" else Catalogue.EMPLOYMENT
        case "insurance":
            return Catalogue.CONTRIBUTIONS
        case "policy":
            return STANDINGS.get(said.get("kind", ""))
        case "vaccination":
            return Catalogue.VACCINATIONS
        case "guardianship":
            return Catalogue.GUARDIANSHIPS
    return None
