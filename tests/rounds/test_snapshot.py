"""What a child's rows become in a bundle: pure, and the same in any order."""

import hashlib
import random
from dataclasses import replace
from typing import Any

import pytest

from app.allocation.bundle import Bundle, parse_bundle
from app.allocation.choices import Choice
from app.allocation.families import FamilyProof, check_proof, family_root, family_rows
from app.allocation.lottery import seed_of, ticket_of
from app.allocation.manifest import Draw
from app.applications.queries import Applicant
from app.rounds.fallback import Group, Incomplete, community_of, names_of
from app.rounds.points_list import points_list
from app.rounds.pseudonyms import masked, pseudonyms_of
from app.rounds.snapshot import snapshot
from app.rounds.vocabulary import RoundKind
from app.schools.queries import ProgrammeSeats
from tests.rounds.problems import ELSEWHERE, KEY, ORDER, RIGHT, applicant, problem, programme


def frozen(*applicants: Applicant, **changes: Any) -> Bundle:
    return parse_bundle(snapshot(problem(*applicants, **changes)).files)


def name_of(child: Applicant) -> str:
    return pseudonyms_of(KEY, child.reference).applicant


def choices_of(bundle: Bundle) -> list[tuple[int, str, tuple[int, ...]]]:
    return [(row.rank, row.programme, row.keys) for row in bundle.tables.choices]


def test_every_right_stands_among_the_choices_after_the_wishes_with_its_true_keys() -> None:
    child = applicant(1, preferences=("P-near", "P-own"), rights={"own": RIGHT, "friend": {"level": 2, "points": 5}})
    assert choices_of(frozen(child)) == [(1, "P-near", (9, 40)), (2, "P-own", (1, 0)), (3, "P-friend", (2, 5))]


def test_a_right_that_the_family_asked_for_stands_before_home_and_the_elder_s_school_before_all() -> None:
    """By distance alone: near, next, own, friend."""
    rights = dict.fromkeys(("near", "next", "own", "friend"), RIGHT)
    child = applicant(1, rights=rights, sibling_school="friend", claimed=("friend", "own"))
    assert [row[1] for row in choices_of(frozen(child))] == ["P-friend", "P-own", "P-near", "P-next"]
    unproved = replace(child, claimed=())
    assert [row[1] for row in choices_of(frozen(unproved))] == ["P-near", "P-next", "P-own", "P-friend"]
    listed = replace(child, preferences=("P-near",))
    assert [row[1] for row in choices_of(frozen(listed))] == ["P-near", "P-friend", "P-own", "P-next"]


def test_listing_a_programme_neither_gains_nor_loses_its_keys() -> None:
    rights = {"own": RIGHT}
    unlisted = {(row[1], row[2]) for row in choices_of(frozen(applicant(1, rights=rights)))}
    listed = {(row[1], row[2]) for row in choices_of(frozen(applicant(1, rights=rights, preferences=("P-own",))))}
    assert unlisted == listed == {("P-own", (1, 0))}


def test_a_right_at_a_school_without_a_programme_in_the_round_makes_no_choice() -> None:
    child = applicant(1, rights={"own": RIGHT, "closed": RIGHT})
    assert choices_of(frozen(child)) == [(1, "P-own", (1, 0))]


def test_a_place_that_the_bureau_purchases_stands_in_the_fallback_as_a_public_one() -> None:
    bought = [replace(row, payer="bureau") if row.school == "private" else row for row in problem().programmes]
    bundle = frozen(applicant(1), programmes=bought)
    assert [row.programme for row in sorted(bundle.tables.fallbacks, key=lambda row: row.rank)] == [
        "P-own",
        "P-friend",
        "P-private",
        "P-near",
        "P-next",
        "P-same",
    ]


def test_in_a_private_round_nobody_falls_back_and_no_public_school_is_asked_for() -> None:
    only = {"programmes": [programme("private")], "kind": RoundKind.PRIVATE}
    bundle = frozen(applicant(1, preferences=("P-private",), rights={"own": RIGHT}), **only)
    assert bundle.tables.fallbacks == () and bundle.tables.applicants[0].fallback == ""
    assert choices_of(bundle) == [(1, "P-private", (9, 40))]
    with pytest.raises(Incomplete, match="public"):
        frozen(applicant(1), programmes=[programme("private")])


@pytest.mark.parametrize(
    ("community", "order"),
    [
        # the catchment's school, its consortium, then near to far; at one distance by id; never a private school
        ("c1", ["P-own", "P-friend", "P-near", "P-next", "P-same"]),
        ("c2", ["P-next", "P-same", "P-near", "P-own", "P-friend"]),
    ],
)
def test_the_fallback_is_catchment_then_consortium_then_near_to_far(community: str, order: list[str]) -> None:
    bundle = frozen(applicant(1, residence_community=community))
    assert [row.programme for row in sorted(bundle.tables.fallbacks, key=lambda row: row.rank)] == order
    assert {row.fallback for row in bundle.tables.fallbacks} == {community}
    (child,) = bundle.tables.applicants
    assert (child.fallback, child.keys) == (community, (9, 40))


@pytest.mark.parametrize("stage", ["preschool", "special"])
def test_outside_the_compulsory_stages_nobody_is_sent_where_it_did_not_ask(stage: str) -> None:
    bundle = frozen(applicant(1, preferences=("P-near",)), stage=stage)
    assert bundle.tables.fallbacks == () and bundle.tables.applicants[0].fallback == ""
    assert choices_of(bundle) == [(1, "P-near", (9, 40))]


def kindergartens(*names: str) -> list[ProgrammeSeats]:
    """Programmes called after school and class of age."""
    return [
        replace(programme(school), id=name, grade=0, age_class=age_class)
        for name in names
        for school, _, age_class in [name.partition("-")]
    ]


def test_a_right_at_a_kindergarten_is_one_at_its_classes_for_the_child_s_age_and_at_mixed_ones() -> None:
    offered = kindergartens("own-three", "own-four", "own-mixed", "near-three")
    for age_class, listed in (("three", ["own-mixed", "own-three"]), ("four", ["own-four", "own-mixed"])):
        child = applicant(1, rights={"own": RIGHT}, age_class=age_class)
        bundle = frozen(child, stage="preschool", programmes=offered)
        assert choices_of(bundle) == [(rank, name, (1, 0)) for rank, name in enumerate(listed, 1)]
        assert bundle.tables.fallbacks == ()


def test_a_wish_for_another_class_stops_the_freeze_and_is_not_lost_in_silence() -> None:
    child = applicant(1, preferences=("own-four",), age_class="three")
    with pytest.raises(Incomplete, match="programme own-four is missing"):
        frozen(child, stage="preschool", programmes=kindergartens("own-three", "own-four"))


def test_an_inclusive_fallback_has_a_list_for_each_community_and_class_over_those_that_take_part() -> None:
    geography = problem().geography
    places = {name: replace(place, inclusive=name == "private") for name, place in geography.schools.items()}
    offered = kindergartens("own-three", "near-four", "private-mixed", "same-three")
    children = (
        applicant(1, age_class="three"),
        applicant(2, age_class="four"),
        applicant(3, age_class="four", residence_community="c2"),
    )
    stage = {"stage": "preschool", "fallback": "inclusive", "programmes": offered}
    bundle = frozen(*children, geography=replace(geography, schools=places), **stage)
    lists: dict[str, list[str]] = {}
    for row in sorted(bundle.tables.fallbacks, key=lambda row: row.rank):
        lists.setdefault(row.fallback, []).append(row.programme)
    assert lists == {
        "c1:1": ["private-mixed", "near-four"],
        "c1:2": ["own-three", "private-mixed", "same-three"],
        "c2:1": ["near-four", "private-mixed"],
    }
    alone = frozen(*children, **stage)  # the private one is not inclusive: it is on no list
    assert {row.programme for row in alone.tables.fallbacks} == {"own-three", "near-four", "same-three"}


def test_where_no_kindergarten_has_a_class_its_children_have_no_list_and_the_others_theirs() -> None:
    children = (applicant(1, age_class="three"), applicant(2, age_class="five"))
    bundle = frozen(*children, stage="preschool", fallback="inclusive", programmes=kindergartens("own-three"))
    held = {row.applicant: (row.fallback, row.keys) for row in bundle.tables.applicants}
    assert [held[name_of(child)] for child in children] == [("c1:1", (9, 40)), ("", ())]


def test_the_schools_that_a_primary_school_feeds_stand_first_and_their_partners_before_all_others() -> None:
    leaver, neighbour = applicant(1, feeders=("friend",)), applicant(2)
    of_feeder = applicant(3, feeders=("friend", "near"), residence_community="c2")
    bundle = frozen(leaver, neighbour, of_feeder, stage="junior")
    lists: dict[str, list[str]] = {}
    for row in sorted(bundle.tables.fallbacks, key=lambda row: row.rank):
        lists.setdefault(row.fallback, []).append(row.programme)
    assert lists == {
        "c1": ["P-own", "P-friend", "P-near", "P-next", "P-same"],
        "c1:1": ["P-friend", "P-own", "P-near", "P-next", "P-same"],
        "c2:1": ["P-near", "P-friend", "P-own", "P-next", "P-same"],
    }
    carried = {row.applicant: row.fallback for row in bundle.tables.applicants}
    children = (leaver, neighbour, of_feeder)
    assert [carried[name_of(child)] for child in children] == ["c1:1", "c1", "c2:1"]


def test_a_list_is_named_by_its_community_which_is_found_again() -> None:
    communities = {"c1", "c1:1", "c2"}
    groups = [("c1", ("b",)), ("c1", ()), ("c1", ("a",)), ("c1", ("a",)), ("c1:1", ("a",))]
    names = names_of([Group(*group) for group in groups], communities)
    assert [(group[:2], name) for group, name in names.items()] == [
        (("c1", ()), "c1"),
        (("c1", ("a",)), "c1:2"),
        (("c1", ("b",)), "c1:3"),
        (("c1:1", ("a",)), "c1:1:1"),
    ]
    assert [community_of(name, communities) for name in names.values()] == ["c1", "c1", "c1", "c1:1"]
    assert community_of("F", ()) == "F"


def test_twins_share_one_lottery_unit_and_nothing_else() -> None:
    twins = [applicant(number, twin_reference=b"fict-twins") for number in (1, 2)]
    rows = frozen(*twins, applicant(3)).tables.applicants
    units = [row.lottery_unit for row in rows]
    assert len({row.applicant for row in rows}) == 3 and len(set(units)) == 2
    assert {row.applicant for row in rows if units.count(row.lottery_unit) == 2} == set(map(name_of, twins))


def test_applied_again_1000_times_the_pseudonym_unit_and_ticket_stay() -> None:
    seed = seed_of(Draw("0" * 64, "1-2-3"))
    seen = set()
    for attempt in range(1000):
        again = applicant(attempt, reference=b"fict-one", preferences=("P-near",) * (attempt % 2))
        names = pseudonyms_of(KEY, again.reference, again.twin_reference)
        seen.add((names.applicant, names.lottery_unit, ticket_of(seed, "fict-2026", names.lottery_unit)))
    assert len(seen) == 1


def test_pseudonyms_are_keyed_by_the_round_and_labelled_by_their_use() -> None:
    one, other = pseudonyms_of(KEY, b"fict-1"), pseudonyms_of(b"j" * 32, b"fict-1")
    assert len({one.applicant, one.lottery_unit, one.salt.hex()[:32], other.applicant, other.lottery_unit}) == 5
    # HMAC-SHA-256 by the definition of RFC 2104, without the library's shortcut.
    inner = hashlib.sha256(bytes(b ^ 0x36 for b in KEY.ljust(64, b"\0")) + b"applicant\nfict-1").digest()
    outer = hashlib.sha256(bytes(b ^ 0x5C for b in KEY.ljust(64, b"\0")) + inner).hexdigest()
    assert one.applicant == outer[:32]
    with pytest.raises(ValueError, match="32 bytes"):
        pseudonyms_of(b"short", b"fict-1")


def test_permuted_rows_give_the_same_bytes() -> None:
    children = [
        applicant(
            n,
            rights={"own": RIGHT, "friend": RIGHT} if n % 2 else {},
            groups=("b", "a"),
            residence_community=f"c{1 + n % 2}",
        )
        for n in range(12)
    ]
    first, chance = snapshot(problem(*children)), random.Random(330424)
    for _ in range(20):
        shuffled = problem(*chance.sample(children, len(children)))
        mixed = replace(shuffled, programmes=chance.sample(list(shuffled.programmes), len(shuffled.programmes)))
        assert snapshot(mixed) == replace(first, bundled=snapshot(mixed).bundled)
        assert sorted(snapshot(mixed).bundled, key=str) == sorted(first.bundled, key=str)


def test_one_child_changed_changes_the_root_and_with_it_every_ticket() -> None:
    children = [applicant(number) for number in range(5)]
    changed = [replace(children[0], keys_elsewhere={"level": 9, "points": 41}), *children[1:]]
    roots = [snapshot(problem(*listed)).root for listed in (children, changed)]
    assert roots[0] != roots[1]
    units = [row.lottery_unit for row in frozen(*children).tables.applicants]
    tickets = [[ticket_of(seed_of(Draw(root, "4-0-7")), "fict-2026", unit) for unit in units] for root in roots]
    assert all(before != after for before, after in zip(*tickets, strict=True))


def test_the_families_root_is_the_merkle_root_and_each_family_proves_its_own_rows() -> None:
    made = snapshot(problem(*(applicant(n, preferences=("P-near",)) for n in range(7))))
    bundle = parse_bundle(made.files)
    rows = family_rows(bundle.tables, len(bundle.header.keys))
    salts = {person.pseudonym: person.salt for person in made.bundled}
    assert bundle.header.families == family_root(rows, salts)
    for person in made.bundled:
        proof = FamilyProof(person.leaf, person.leaves, person.path)
        assert person.rows == rows[person.pseudonym]
        assert check_proof(str(bundle.header.families), person.rows, person.salt, proof)
        assert not check_proof(str(bundle.header.families), person.rows + b"x", person.salt, proof)


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"applicants": [applicant(1, preferences=("P-gone",))]}, ("programme", "P-gone")),
        ({"applicants": [applicant(1, keys_elsewhere={"level": 1})]}, ("key", "points")),
        ({"applicants": [applicant(1, rights={"own": {"points": 1}})]}, ("key", "level")),
        ({"applicants": [applicant(1, residence_community="c9")]}, ("community", "c9")),
        ({"programmes": [programme("unknown")]}, ("school", "unknown")),
        ({"programmes": [programme("private")]}, ("programme", "public")),
    ],
)
def test_rows_that_speak_of_something_absent_are_refused_by_name(
    changes: dict[str, Any], what: tuple[str, str]
) -> None:
    with pytest.raises(Incomplete) as refusal:
        snapshot(replace(problem(applicant(1)), **changes))
    assert (refusal.value.what, refusal.value.name) == what


def test_the_points_list_shows_each_right_in_the_order_of_the_rules_and_no_name() -> None:
    children = [
        applicant(1, rights={"own": {"level": 2, "points": 0}}),
        applicant(2, rights={"own": {"level": 1, "points": 5}}),
        applicant(3, rights={"own": {"level": 1, "points": 70}}, keys_elsewhere={"level": 9, "points": 50}),
    ]
    listed = points_list(ORDER, KEY, children)
    lines = listed.content.decode().splitlines()
    names = [masked(name_of(child)) for child in children]
    assert lines[0] == "school,applicant,level,points"
    assert lines[1:4] == [f"own,{names[2]},1,70", f"own,{names[1]},1,5", f"own,{names[0]},2,0"]
    assert lines[4] == f",{names[2]},9,50" and len(lines) == 7
    assert listed.shown == {child.application: name for child, name in zip(children, names, strict=True)}
    assert points_list(ORDER, KEY, children[::-1]) == listed


def test_wishes_without_a_right_have_the_keys_of_elsewhere() -> None:
    bundle = frozen(applicant(1, preferences=("P-private", "P-near"), rights={"own": RIGHT}))
    elsewhere = tuple(ELSEWHERE[name] for name in ("level", "points"))
    assert [row for row in bundle.tables.choices if row.programme != "P-own"] == [
        Choice(bundle.tables.applicants[0].applicant, rank, name, elsewhere)
        for rank, name in ((1, "P-private"), (2, "P-near"))
    ]
