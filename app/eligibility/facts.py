"""What is known of a child and its household, as an application form and the checks of its papers give it.

`None` means unknown, never "no": a form that was answered "none" says so by the value `none`, by `False` or
by an empty tuple. `verified` is True after a check agreed, False after a check disagreed, None before.
No fact is taken from an identity number but its kind: its region is that of the first registration and
says nothing of where the child lives.

`in_catchment` always speaks of one and the same catchment, the one whose rights are asked for, and `in_feeder`
of its school. Which community lies in which catchment and which primary schools feed which junior schools is
the schools' matter, not this module's: a child with rights in two catchments is decided once for each.
"""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Annotated, Literal

from app.eligibility.exact_json import BadField, Between, Json, from_object, to_object

Code = Annotated[str, Between(1, 64)]
Months = Annotated[int, Between(0, 1200)]
Year = Annotated[int, Between(1900, 2999)]
Share = Annotated[Fraction, Between(0, 1)]

NumberKind = Literal["mainland", "hong_kong", "macao", "taiwan", "foreign", "none"]
Place = Literal["county", "city", "province", "elsewhere", "none"]
RegistrationKind = Literal["family", "collective"]
Basis = Literal["own_flat", "grandparents", "rented", "dormitory", "other"]
WorkKind = Literal["contract", "licence", "none"]
SchoolingKind = Literal["kindergarten", "school", "none"]
LeaverKind = Literal["county", "elsewhere", "none"]
PolicyKind = Literal["martyr", "military", "fire_rescue", "police", "talent", "overseas_chinese", "none"]
RightPlaceKind = Literal["station", "grandparents", "none"]
SiblingKind = Literal["elder", "none"]
DocumentKind = Literal["residence_permit", "travel_permit", "none"]
Education = Literal["none", "junior", "senior", "college", "bachelor", "postgraduate"]
Skill = Literal["none", "basic", "intermediate", "advanced", "technician", "senior_technician"]
Honour = Literal["county", "city", "province", "nation"]
RecordKind = Literal["offence", "false_papers"]

FORMAT = "facts/1"


@dataclass(frozen=True, slots=True)
class Proof:
    """A certificate. One that states no end of validity at all (长期) has `valid_until` 9999-12-31."""

    obtained_on: date | None = None
    valid_until: date | None = None
    verified: bool | None = None


NO_PROOF = Proof()


@dataclass(frozen=True, slots=True)
class Registration:
    """The child's household registration (户籍)."""

    place: Place | None = None  # this county; another of the city; another city of the province; beyond; none
    community: Code | None = None
    in_catchment: bool | None = None
    at_home: bool | None = None  # stands at the very flat in which the child lives
    kind: RegistrationKind | None = None
    with_parents: bool | None = None  # in one household with a parent or guardian
    registered_on: date | None = None  # moved in at the present address; at birth, the date of birth
    verified: bool | None = None


@dataclass(frozen=True, slots=True)
class FlatUse:
    """A place at the catchment's school, at the stage asked for, that was taken by means of the flat, and in
    which year of entry.
    """

    year: Year
    same_household: bool | None = None


@dataclass(frozen=True, slots=True)
class Home:
    """The home in the county. `proof`: the title deed of a flat, else the lease or the employer's paper."""

    community: Code | None = None
    in_catchment: bool | None = None
    basis: Basis | None = None
    share: Share | None = None  # of parents and child together in their own flat; 1/1 is the whole
    parents_own_none: bool | None = None  # the parents own no flat in the county
    lived_since: date | None = None
    proof: Proof = NO_PROOF
    uses: tuple[FlatUse, ...] | None = None  # empty: looked up, and never used


@dataclass(frozen=True, slots=True)
class Permit:
    """A Zhejiang residence permit; `proof.obtained_on` is its issue, `endorsements` its yearly ones."""

    held: bool | None = None
    registered_since: date | None = None  # the registration of residence that goes before it
    endorsements: tuple[date, ...] | None = None
    proof: Proof = NO_PROOF


@dataclass(frozen=True, slots=True)
class Work:
    """A labour contract or a business licence in the county."""

    kind: WorkKind | None = None
    since: date | None = None
    proof: Proof = NO_PROOF


@dataclass(frozen=True, slots=True)
class Insurance:
    """Months of social insurance paid in the county up to the cut-off."""

    months: Months | None = None
    verified: bool | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """A decision against the parent that the points rules may deduct for."""

    kind: RecordKind
    year: Year


@dataclass(frozen=True, slots=True)
class Parent:
    """A parent or guardian. Education, skill, honours and records count when `papers_verified`."""

    permit: Permit = Permit()
    work: Work = Work()
    insurance: Insurance = Insurance()
    education: Education | None = None
    skill: Skill | None = None
    honours: tuple[Honour, ...] | None = None
    records: tuple[Record, ...] | None = None
    papers_verified: bool | None = None


NO_PARENT = Parent()


@dataclass(frozen=True, slots=True)
class Schooling:
    """The child's unbroken attendance in the county."""

    kind: SchoolingKind | None = None
    since: date | None = None
    verified: bool | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """A status for which law or policy gives the child a place (政策照顾对象)."""

    kind: PolicyKind | None = None
    proof: Proof = NO_PROOF


@dataclass(frozen=True, slots=True)
class RightPlace:
    """The place of right that a serviceman's family may choose beside its own: the community of the unit's station,
    or that in which the grandparents are registered.
    """

    kind: RightPlaceKind | None = None
    community: Code | None = None
    in_catchment: bool | None = None
    verified: bool | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """The residence permit or travel permit of a resident of Hong Kong, Macao or Taiwan."""

    kind: DocumentKind | None = None
    proof: Proof = NO_PROOF


@dataclass(frozen=True, slots=True)
class Deferral:
    """Years of entry for which a deferral (延缓入学) was approved; each approval covers one year."""

    years: tuple[Year, ...] | None = None
    verified: bool | None = None


@dataclass(frozen=True, slots=True)
class Leaver:
    """The primary school that the child leaves this summer, for entry to grade 7. `verified`: for `county` in the
    county's register of primary leavers (小学毕业生名册), for `elsewhere` in the register of students.
    """

    kind: LeaverKind | None = None
    school: Code | None = None  # the county's primary school in whose list the child stands
    in_feeder: bool | None = None  # the school whose rights are asked for takes that primary school's leavers
    verified: bool | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """What the service itself knows of the child's admission to this stage in this year; no family declares it.

    `gave_up`: a place drawn at a private school was given up.
    """

    gave_up: bool | None = None


@dataclass(frozen=True, slots=True)
class Sibling:
    """An elder brother or sister, no twin, at whose school the guardians wish the child to be: one that entered it in
    order and does not leave it this summer. `verified`: that very pupil was found there, and is the child's own.
    """

    kind: SiblingKind | None = None
    school: Code | None = None
    at_school: bool | None = None  # the elder's school is the one whose rights are asked for
    verified: bool | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """All facts of one child. `first_parent` is the one by whose papers the child applies."""

    born_on: date | None = None
    number_kind: NumberKind | None = None
    registration: Registration = Registration()
    home: Home = Home()
    first_parent: Parent = NO_PARENT
    second_parent: Parent = NO_PARENT
    schooling: Schooling = Schooling()
    policy: Policy = Policy()
    right_place: RightPlace = RightPlace()
    document: Document = Document()
    deferral: Deferral = Deferral()
    leaver: Leaver = Leaver()
    entry: Entry = Entry()
    sibling: Sibling = Sibling()

    def to_json(self) -> dict[str, Json]:
        """A JSON object, unknown facts left out; `Facts.from_json` of it is equal to these facts."""
        return {"format": FORMAT, **to_object(self)}

    @classmethod
    def from_json(cls, value: object) -> "Facts":
        """Read what `to_json` wrote, or raise BadField naming the field, the reason and the remedy."""
        if not isinstance(value, dict) or value.get("format") != FORMAT:
            raise BadField("format", f"not {FORMAT}", f'give an object with "format": "{FORMAT}"')
        return from_object(cls, {name: held for name, held in value.items() if name != "format"})
