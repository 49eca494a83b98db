"""What fictitious families say of themselves: registration, home, parents, in the words of facts/1."""

from datetime import date, timedelta
from typing import Any

from app.demo.county import FictitiousCounty, apart
from app.demo.fate import Fate

FOR_EVER = "9999-12-31"
WISHED_WITHIN_M = 9_000
LOCAL_KINDS = (
    ("own_flat", 46),
    ("grandparents", 14),
    ("registration_only", 14),
    ("policy", 4),
    ("not_moved", 12),
    ("collective", 10),
)
MIGRANT_KINDS = (("rented", 62), ("own_flat", 14), ("dormitory", 24))


def local(fate: Fate, county: FictitiousCounty, family: int, home: str) -> tuple[dict[str, Any], str | None]:
    kind = fate.weighted(LOCAL_KINDS, family, "kind")
    moved_in = fate.day(date(2012, 1, 1), date(2025, 12, 31), family, "moved in")
    titled = fate.day(date(2008, 1, 1), date(2024, 12, 31), family, "titled")
    registration = home
    if kind == "not_moved":
        place = next(place for place in county.communities if place.id == home)
        near = [other for other in county.communities if apart(place, other) <= WISHED_WITHIN_M]
        registration = fate.one_of(near, family, "registered").id
    facts: dict[str, Any] = {
        "registration": {
            "place": "county",
            "kind": "collective" if kind == "collective" else "family",
            "with_parents": kind != "collective",
            "at_home": kind in ("own_flat", "grandparents"),
            "registered_on": moved_in.isoformat(),
        },
        "home": _home(fate, family, kind, titled),
        "policy": {"kind": "none"},
    }
    if kind == "policy":
        facts["policy"] = {"kind": "military", "proof": {"obtained_on": "2024-01-10", "valid_until": "2028-01-09"}}
    return facts, registration


def _home(fate: Fate, family: int, kind: str, titled: date) -> dict[str, Any]:
    locked = [{"year": fate.between(2021, 2025, family, "lock"), "same_household": False}]
    deed = {"obtained_on": titled.isoformat(), "valid_until": FOR_EVER}
    uses = locked if fate.chance(50, family, "locked") else []
    if kind == "grandparents":
        return {
            "basis": "grandparents",
            "parents_own_none": True,
            "lived_since": titled.isoformat(),
            "uses": uses,
            "proof": deed,
        }
    if kind in ("own_flat", "not_moved", "policy"):
        share = fate.weighted((("1/1", 90), ("51/100", 5), ("1/2", 5)), family, "share")
        return {"basis": "own_flat", "share": share, "lived_since": titled.isoformat(), "uses": uses, "proof": deed}
    since = fate.day(date(2019, 1, 1), date(2025, 6, 1), family, "lease")
    lease = {"obtained_on": since.isoformat(), "valid_until": "2027-12-31"}
    return {"basis": "rented", "lived_since": since.isoformat(), "uses": [], "proof": lease}


def migrant(fate: Fate, family: int, as_of: date) -> tuple[dict[str, Any], None]:
    """A family registered elsewhere, its permits as they stand on the day."""
    kind = fate.weighted(MIGRANT_KINDS, family, "migrant kind")
    since = fate.day(date(2016, 1, 1), date(2024, 6, 30), family, "resident since")
    home: dict[str, Any] = {"basis": kind, "lived_since": since.isoformat(), "uses": []}
    home["proof"] = {"obtained_on": since.isoformat(), "valid_until": FOR_EVER if kind == "own_flat" else "2027-12-31"}
    if kind == "own_flat":
        home["share"] = "1/1"
    parent = _worker(fate, family, "first", since, as_of)
    facts: dict[str, Any] = {
        "registration": {
            "place": fate.one_of(("city", "province", "elsewhere", "elsewhere"), family, "from"),
            "kind": "family",
            "with_parents": True,
        },
        "home": home,
        "first_parent": parent,
        "policy": {"kind": "none"},
    }
    if fate.chance(600, family, "second parent"):
        facts["second_parent"] = _worker(fate, family, "second", since + timedelta(days=200), as_of)
    return facts, None


def _worker(fate: Fate, family: int, which: str, since: date, as_of: date) -> dict[str, Any]:
    """A parent with a permit endorsed every year since its issue, half a year after the registration."""
    issued = since + timedelta(days=200)
    endorsements = []
    day = issued
    while (day := day + timedelta(days=360)) < as_of:
        endorsements.append(day.isoformat())
    last = date.fromisoformat(endorsements[-1]) if endorsements else issued
    months = (as_of - since).days // 30
    return {
        "permit": {
            "held": True,
            "registered_since": since.isoformat(),
            "endorsements": endorsements,
            "proof": {"obtained_on": issued.isoformat(), "valid_until": (last + timedelta(days=366)).isoformat()},
        },
        "work": {
            "kind": fate.weighted((("contract", 8), ("licence", 2)), family, which, "work"),
            "since": since.isoformat(),
            "proof": {"obtained_on": since.isoformat(), "valid_until": "2028-12-31"},
        },
        "insurance": {"months": fate.between(0, months, family, which, "months")},
        "education": fate.weighted(
            (("junior", 50), ("senior", 25), ("college", 15), ("bachelor", 10)), family, which, "education"
        ),
        "skill": fate.weighted(
            (("none", 70), ("basic", 15), ("intermediate", 10), ("advanced", 5)), family, which, "skill"
        ),
        "honours": ["county"] if fate.chance(30, family, which, "honour") else [],
        "records": [],
    }


def leaver(facts: dict[str, Any], primary: str | None) -> dict[str, Any]:
    """The same family with a child for grade 7: who leaves a primary school of the county is asked for no permit."""
    if primary is None:
        return {**facts, "leaver": {"kind": "elsewhere"}}
    asked = {name: facts[name] for name in ("registration", "home")}
    return {**asked, "leaver": {"kind": "county", "school": primary}}
