"""Fictitious children and the forms that are filled in for them. Names say that they are invented; the region of the
identity numbers (99) does not exist."""

from dataclasses import dataclass
from typing import Any

from app.applications.form import Form
from app.applications.numbers import check_digit
from app.demo.county import FictitiousCounty, apart
from app.demo.entries import PRIMARY, Births, Entry
from app.demo.fate import Fate
from app.demo.households import WISHED_WITHIN_M, leaver, local, migrant
from app.schools.vocabulary import Stage


@dataclass(frozen=True)
class Child:
    """A child about to apply. `papers`: fine, late (an officer finds them) or lacking. `answer`: what its family
    will say to an offer; `births`: among whom it was born."""

    number: int
    family: int
    form: Form
    reference: bytes
    papers: str
    answer: str
    births: Births

    @property
    def leaves(self) -> str | None:
        """The county's primary school that it leaves, if any."""
        return self.form.declared.leaver.school


def population(fate: Fate, entry: Entry, counties: dict[Stage, FictitiousCounty], size: int) -> list[Child]:
    """`size` children of an entry: a third migrants, 1% with late papers, half a percent lacking them, twins, and
    brothers and sisters of the children who enter grade 1."""
    return [_child(fate, entry, counties, entry.first + index, size) for index in range(size)]


def _child(fate: Fate, entry: Entry, counties: dict[Stage, FictitiousCounty], number: int, size: int) -> Child:
    county = counties[entry.stage]
    elder = number - 1 if _has_elder_twin(number) else number
    family = _family(fate, entry, elder)
    home = fate.weighted(county.weights, family, "home")
    twin = elder != number or (number + 1 < entry.first + size and _has_elder_twin(number + 1))
    moved = fate.chance(333, family, "migrant")
    primary = None
    if entry.stage == Stage.JUNIOR and not fate.chance(80, elder, "arrives"):
        primary = counties[Stage.PRIMARY].school_of(home)
    lacking = moved and primary is None and fate.chance(15, family, "lacking")
    late = not lacking and fate.chance(10, family, "late")
    facts, registration = migrant(fate, family, entry.as_of) if moved else local(fate, county, family, home)
    births = fate.weighted([(one, one.share) for one in entry.births], *entry.label, family, "births")
    if entry.stage == Stage.JUNIOR:
        facts = leaver(facts, primary)
    return Child(
        number=number,
        family=family,
        form=Form.model_validate(
            {
                "child": _particulars(fate, births, number, family),
                "relation": fate.one_of(("mother", "father", "grandparent"), family, "relation"),
                "residence_community": home,
                "registration_community": registration,
                **_sibling(fate, entry, county, family, home),
                "twin": twin,
                "preferences": _wishes(fate, entry, county, number, home, births.age_class),
                "facts": facts,
            }
        ),
        reference=fate.bytes_for("reference", number),
        papers="lacking" if lacking else "late" if late else "fine",
        answer=fate.weighted((("accept", 840), ("wait", 80), ("decline", 50), ("silent", 30)), family, "answer"),
        births=births,
    )


def _has_elder_twin(number: int) -> bool:
    return number % 100 == 39


def _family(fate: Fate, entry: Entry, elder: int) -> int:
    """A family's number: that of a family with a child for grade 1, in three of ten cases elsewhere."""
    beside = elder - entry.first
    shared = entry is not PRIMARY and fate.chance(300, entry.stage.value, beside, "brother or sister")
    return beside if shared and not _has_elder_twin(beside) else elder


def _particulars(fate: Fate, births: Births, number: int, family: int) -> dict[str, Any]:
    born_on = fate.day(births.first, births.last, family, "born")
    plain = {
        "name": f"虚构儿童{number + 1:05d}",
        "born_on": born_on.isoformat(),
        "sex": fate.one_of("12", number, "sex"),
    }
    if fate.chance(20, number, "no number"):
        return {**plain, "number_kind": "none", "number": None}
    body = f"99{number // 1000:04d}{born_on:%Y%m%d}{number % 1000:03d}"
    return {**plain, "number_kind": "mainland", "number": body + check_digit(body)}


def _sibling(fate: Fate, entry: Entry, county: FictitiousCounty, family: int, home: str) -> dict[str, Any]:
    """Six of a hundred name the school of an elder brother or sister, whom the service does not know."""
    if not fate.chance(60, family, "sibling"):
        return {"sibling_school": None}
    body = f"99{family // 1000:04d}{entry.births[0].first.year - 2}0101{family % 1000:03d}"
    elder = {"number_kind": "mainland", "number": body + check_digit(body)}
    return {"sibling_school": county.school_of(home), "elder": elder}


def _wishes(fate: Fate, entry: Entry, county: FictitiousCounty, number: int, home: str, age_class: str) -> list[str]:
    """Most families list nothing and keep their right; a quarter wish for a school of the neighbourhood."""
    if not fate.chance(250, number, "wishes"):
        return []
    own = county.catchments[home]
    place = next(place for place in county.communities if place.id == home)
    near = sorted(
        (school for school in county.schools if school.id not in own and apart(place, school) <= WISHED_WITHIN_M),
        key=lambda school: (apart(place, school), school.id),
    )[:4]
    if not near:
        return []
    count = fate.between(1, 2, number, "how many")
    chosen: list[str] = []
    for rank in range(count):
        wish = entry.programme(fate.one_of(near, number, "wish", rank).id, age_class)
        if wish not in chosen:
            chosen.append(wish)
    return chosen
