"""Rows of the service → the rows of a bundle, as they are frozen. Pure: equal rows in any order, equal bytes.

A child's list is its family's wishes by rank, then every programme at which it has a right and did not list: where
the family has asked for the right itself before home and registration, else from near to far. A programme of a right
carries the right's keys, listed or not; a wish without a right carries the keys that the child has elsewhere. So
listing gains and loses nothing (design, decision 10).

In a compulsory stage, and in preschool where the round says so, each child also carries, with its keys elsewhere, the
fallback list of its community and of the schools that its primary school feeds (see fallback.py). In kindergartens a
child stands for its own class of age and for mixed ones alone.
"""

from array import array
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain, repeat
from uuid import UUID

from app.allocation.bundle import render_bundle
from app.allocation.choices import Choices, Keys, in_order
from app.allocation.families import family_proof, family_rows, family_tree
from app.allocation.manifest import MANIFEST, Draw, Header, read_manifest
from app.allocation.tables import Applicant as Row
from app.allocation.tables import Programme, Tables, sorted_tables
from app.applications.queries import Applicant
from app.rounds.fallback import COMPULSORY, Group, Incomplete, fallback_of, groups_served, names_of
from app.rounds.pseudonyms import Pseudonyms, pseudonyms_of
from app.rounds.vocabulary import FallbackOver, RoundKind
from app.schools.queries import Geography, ProgrammeSeats
from app.schools.vocabulary import suits

RESERVES, TICKET = "reserved-first", "per-applicant"


@dataclass(frozen=True)
class Problem:
    """All that a bundle is made of. `kind`: the round's; who is not placed at a private school is not lost, so a
    private round has no fallback. `fallback`: what the round says where its stage is not compulsory. `catchments`:
    community → schools. `key`: the round's, 32 bytes."""

    round: str
    stage: str
    order: tuple[str, ...]
    draw_name: str
    key: bytes
    applicants: Sequence[Applicant]
    programmes: Sequence[ProgrammeSeats]
    geography: Geography
    catchments: Mapping[str, tuple[str, ...]]
    fallback: str = FallbackOver.NONE
    kind: RoundKind = RoundKind.MAIN

    @property
    def over(self) -> FallbackOver:
        if self.kind is RoundKind.PRIVATE:
            return FallbackOver.NONE
        return FallbackOver.PUBLIC if self.stage in COMPULSORY else FallbackOver(self.fallback)


@dataclass(frozen=True)
class Bundled:
    """Who stands behind a pseudonym, and what proves to its family that `rows` are in the families' tree."""

    pseudonym: str
    application: UUID
    child: UUID
    guardians: tuple[UUID, ...]
    residence_community: str
    salt: bytes
    rows: bytes
    leaf: int
    leaves: int
    path: tuple[str, ...]


@dataclass(frozen=True)
class Snapshot:
    """The six files of a bundle (name to bytes), its root, and its applicants by pseudonym."""

    files: Mapping[str, bytes]
    root: str
    bundled: tuple[Bundled, ...]


def snapshot(problem: Problem) -> Snapshot:
    """The bundle of these rows, not yet drawn; raises Incomplete."""
    header = Header(problem.round, problem.order, TICKET, RESERVES, problem.draw_name)
    named = {
        child.application: pseudonyms_of(problem.key, child.reference, child.twin_reference)
        for child in problem.applicants
    }
    tables = _tables(problem, header, named)
    people = {
        named[child.application].applicant: Bundled(
            named[child.application].applicant,
            child.application,
            child.child,
            child.guardians,
            child.residence_community,
            named[child.application].salt,
            *(b"", 0, 0, ()),
        )
        for child in problem.applicants
    }
    return sealed(header, tables, people)


def sealed(header: Header, tables: Tables, people: Mapping[str, Bundled], draw: Draw | None = None) -> Snapshot:
    """These tables as files, with the families' root; `people` by pseudonym get their rows and proofs.

    A later pass carries its parent's draw.
    """
    rows = family_rows(tables, len(header.keys))
    tree = family_tree(rows, {name: people[name].salt for name in rows})
    files = render_bundle(replace(header, families=tree.root), tables, draw)
    bundled = []
    for name, own in rows.items():
        proof = family_proof(tree, name)
        person = replace(people[name], rows=own, leaf=proof.index, leaves=proof.size, path=proof.path)
        bundled.append(person)
    return Snapshot(files, read_manifest(files[MANIFEST]).root, tuple(bundled))


def _tables(problem: Problem, header: Header, named: Mapping[UUID, Pseudonyms]) -> Tables:
    groups = groups_served(map(_group, problem.applicants), problem.programmes, problem.geography, problem.over)
    lists = names_of(groups, problem.geography.communities)
    children = sorted(problem.applicants, key=lambda child: named[child.application].applicant)
    applicants = [_applicant(child, named[child.application], header.keys, lists) for child in children]
    programmes = sorted(Programme(row.id, row.seats) for row in problem.programmes)
    return sorted_tables(
        programmes,
        (),
        applicants,
        _choices(problem, children, [row.applicant for row in applicants], header.keys),
        chain.from_iterable(
            fallback_of(group, name, problem.programmes, problem.geography, problem.catchments, problem.over)
            for group, name in lists.items()
        ),
        len(header.keys),
    )


def _group(child: Applicant) -> Group:
    return Group(child.residence_community, child.feeders, child.age_class)


def _applicant(child: Applicant, name: Pseudonyms, keys: Sequence[str], lists: Mapping[Group, str]) -> Row:
    elsewhere = keys_in_order(keys, child.keys_elsewhere)
    groups, fallback = tuple(sorted(set(child.groups))), lists.get(_group(child), "")
    return Row(name.applicant, name.lottery_unit, groups, fallback, elsewhere if fallback else ())


def _choices(problem: Problem, children: Sequence[Applicant], names: list[str], keys: Sequence[str]) -> Choices:
    """Columns of all children's choices, one child after the other: no object for each of millions of choices."""
    programmes = sorted(row.id for row in problem.programmes)
    index = {programme: at for at, programme in enumerate(programmes)}
    school_of = {row.id: row.school for row in problem.programmes}
    at_school = {own: _at_schools(problem.programmes, own) for own in {child.age_class for child in children}}
    offered = {own: frozenset(chain.from_iterable(found.values())) for own, found in at_school.items()}
    columns = [array("i"), array("i"), array("i"), *(array("q") for _ in keys)]
    for number, child in enumerate(children):
        near = partial(_nearness, problem.geography, school_of, child)
        listed, standing = _list_of(child, keys, at_school[child.age_class], offered[child.age_class], near)
        columns[0].extend(repeat(number, len(listed)))
        columns[1].extend(range(1, len(listed) + 1))
        columns[2].extend(map(index.__getitem__, listed))
        for column, of_one in zip(columns[3:], zip(*standing, strict=True), strict=False):
            column.extend(of_one)
    return in_order(names, programmes, columns)[0]


def _at_schools(programmes: Sequence[ProgrammeSeats], own: str) -> dict[str, list[str]]:
    """School → its programmes for children of this class of age, by id."""
    found: dict[str, list[str]] = {}
    for row in sorted(programmes, key=lambda row: row.id):
        if suits(row.age_class, own):
            found.setdefault(row.school, []).append(row.id)
    return found


def _list_of(
    child: Applicant,
    keys: Sequence[str],
    at_school: Mapping[str, Sequence[str]],
    offered: Container[str],
    near: Callable[[str], tuple[int, int, str]],
) -> tuple[list[str], list[Keys]]:
    """The programmes of a child's own list in order, and its keys at each."""
    elsewhere = keys_in_order(keys, child.keys_elsewhere)
    rights = {
        programme: keys_in_order(keys, held)
        for school, held in sorted(child.rights.items())
        for programme in at_school.get(school, ())
    }
    for wish in child.preferences:
        if wish not in offered:
            raise Incomplete("programme", wish)
    listed = [*child.preferences, *sorted(rights.keys() - set(child.preferences), key=near)]
    return listed, [rights.get(programme, elsewhere) for programme in listed]


def _nearness(
    geography: Geography, school_of: Mapping[str, str], child: Applicant, programme: str
) -> tuple[int, int, str]:
    school = school_of[programme]
    return child.before_home(school), geography.distance_m(child.residence_community, school), programme


def keys_in_order(names: Sequence[str], held: Mapping[str, int]) -> Keys:
    """The values of these keys; raises Incomplete for one that the decision did not give."""
    for name in names:
        if name not in held:
            raise Incomplete("key", name)
    return tuple(held[name] for name in names)
