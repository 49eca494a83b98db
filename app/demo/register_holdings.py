"""What the fictitious offices hold: of whom they know it, and where it is not what the family says."""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from app.applications.form import Form
from app.demo.county import counties
from app.demo.entries import ENTRIES
from app.demo.families import Child, population
from app.demo.fate import Fate
from app.eligibility.facts import Parent, Proof
from app.gateways.answers import About, Catalogue
from app.gateways.register_shapes import QuestionIn

Record = dict[str, Any]
PER_MILLE_OTHERWISE = 10
CRUCIAL = (Catalogue.HOUSEHOLDS, Catalogue.RESIDENCE_PERMITS)


@dataclass
class Holdings:
    """`forms`: by number, the truth as the family told it. `lacks`, `differs`: number and catalogue → whether the
    register knows nothing, or something else."""

    forms: dict[str, Form]
    lacks: Callable[[str, Catalogue], bool] = lambda number, catalogue: False
    differs: Callable[[str, Catalogue], bool] = lambda number, catalogue: False

    @classmethod
    def of_forms(cls, forms: Iterable[Form], **more: Any) -> "Holdings":
        """Also of the holders of a standing whom they name."""
        known = {}
        for form in forms:
            if form.child.number is not None:
                known[form.child.number.get_secret_value()] = form
            if form.policy_holder is not None:
                known[form.policy_holder.number.get_secret_value()] = form
        return cls(known, **more)

    @classmethod
    def of_county(cls, seed: int, sizes: dict[str, int]) -> "Holdings":
        """The demonstration's county of a seed; `sizes`: stage → children."""
        fate = Fate(seed)
        seen = counties(fate)
        children = [child for entry in ENTRIES for child in population(fate, entry, seen, sizes[entry.stage])]
        return cls.of_children(fate, children)

    @classmethod
    def of_children(cls, fate: Fate, children: Iterable[Child]) -> "Holdings":
        """Late and lacking papers are not found in the registers concerned; a hundredth of the entries differ."""
        children = list(children)
        papers = {_number(child): child.papers for child in children}

        def lacks(number: str, catalogue: Catalogue) -> bool:
            return catalogue in CRUCIAL and papers.get(number, "fine") != "fine"

        def differs(number: str, catalogue: Catalogue) -> bool:
            return fate.chance(PER_MILLE_OTHERWISE, number, catalogue.value, "differs")

        return cls.of_forms((child.form for child in children), lacks=lacks, differs=differs)

    def record(self, catalogue: Catalogue, question: QuestionIn) -> Record | None:
        """The entry asked for, or None."""
        form = self.forms.get(question.number)
        if form is None or self.lacks(question.number, catalogue):
            return None
        held = _held(form, catalogue, question.about)
        return altered(held) if held is not None and self.differs(question.number, catalogue) else held


def _number(child: Child) -> str:
    number = child.form.child.number
    return "" if number is None else number.get_secret_value()


def altered(record: Record) -> Record:
    """The same entry with one thing otherwise."""
    for name, value in record.items():
        if isinstance(value, bool):
            return {**record, name: not value}
        if isinstance(value, int):
            return {**record, name: value + 1}
        if isinstance(value, date):
            return {**record, name: value + timedelta(days=31)}
    return dict.fromkeys(record)


def _held(form: Form, catalogue: Catalogue, about: About) -> Record | None:
    facts = form.declared
    parent = facts.second_parent if about is About.SECOND_PARENT else facts.first_parent
    match catalogue:
        case Catalogue.HOUSEHOLDS:
            return _household(form)
        case Catalogue.RESIDENCE_PERMITS:
            return _permit(parent)
        case Catalogue.TITLES:
            return _title(form)
        case Catalogue.CONTRIBUTIONS:
            return None if parent.insurance.months is None else {"months": parent.insurance.months}
        case Catalogue.EMPLOYMENT | Catalogue.LICENCES:
            wanted = "licence" if catalogue is Catalogue.LICENCES else "contract"
            work = parent.work
            return {"kind": work.kind, "since": work.since, **_proof(work.proof)} if work.kind == wanted else None
        case Catalogue.GUARDIANSHIPS:
            return {"relation": form.relation}
        case Catalogue.VACCINATIONS:
            return {"complete": True, "due": []}
        case Catalogue.STANDINGS | Catalogue.TALENTS:
            policy = facts.policy
            ours = (policy.kind == "talent") == (catalogue is Catalogue.TALENTS)
            return {"kind": policy.kind, **_proof(policy.proof)} if policy.kind and ours else None
    return None


def _household(form: Form) -> Record:
    said = form.declared.registration
    return {
        "name": form.child.name.get_secret_value(),
        "born_on": form.child.born_on,
        "place": said.place,
        "community": form.registration_community,
        "kind": said.kind,
        "with_parents": said.with_parents,
        "at_home": said.at_home,
        "registered_on": said.registered_on,
    }


def _permit(parent: Parent) -> Record | None:
    permit = parent.permit
    if not permit.held:
        return None
    return {
        "held": True,
        "registered_since": permit.registered_since,
        "endorsements": None if permit.endorsements is None else [*permit.endorsements],
        **_proof(permit.proof),
        "suspended_on": None,
    }


def _title(form: Form) -> Record | None:
    """The flat's number follows from where it is and since when it is owned: brothers and sisters have the same."""
    home = form.declared.home
    if home.basis not in ("own_flat", "grandparents"):
        return None
    named = f"{form.residence_community}/{home.proof.obtained_on}/{home.share}"
    return {
        "basis": home.basis,
        "share": None if home.share is None else f"{home.share.numerator}/{home.share.denominator}",
        "parents_own_none": home.parents_own_none,
        "community": form.residence_community,
        "obtained_on": home.proof.obtained_on,
        "flat": f"fictitious-{hashlib.sha256(named.encode()).hexdigest()[:16]}",
    }


def _proof(proof: Proof) -> Record:
    return {"obtained_on": proof.obtained_on, "valid_until": proof.valid_until}
