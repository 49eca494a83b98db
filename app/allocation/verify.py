"""Check the result of an allocation against the text of the format allocation-bundle/1, and nothing else.

    python -I -S verify.py BUNDLE [--result DIR] [--parent DIR]

BUNDLE is the folder with the problem, DIR after --result the folder with its output (BUNDLE itself by default), DIR
after --parent the folder with input and output of the pass before a later pass. This file needs Python 3.9 or later
and its standard library. It shares no code with the program that makes the placements, reads its input only,
writes nothing, uses no number but whole ones, and leaves no choice to chance.

The properties. A result is valid when all of them hold; otherwise the first counter-example found is printed.

 1. Text and digests. The SHA-256 digests in manifest.json are those of the five input files. result.json has exactly
    its fields, names this round and this manifest, and gives the digests of placements.csv, of cutoffs.csv and, if and
    only if there is one, of deficit.json. Both JSON files of the output are in canonical form.
 2. Root and seed. The root is made from what was fixed before the draw. In a first pass it is the root that was drawn
    for, so that the seed, made from that root and the public draw alone, could not be chosen.
 3. Nobody is missing. placements.csv has one row for each applicant, sorted, and none for anyone else; result.json
    counts applicants, placed, unplaced and seats as they are.
 4. One place for each child, only where listed: each placed child is at one programme on its own list, with its true
    position there; an unplaced child's row is empty.
 5. Seats. No programme has more children than seats, no reserve more than its own, and every seat is one that its
    programme has.
 6. Tickets. Each ticket is derived anew from the seed, the round and the lottery unit; 7 and 8 rank children by the
    tickets derived here, and those written in cutoffs.csv are the same.
 7. The programmes' choice, reserves included. Of the children who hold a place at a programme or would rather be
    there than where they are, its choice rule takes exactly those who hold one, so that there is no justified envy
    and nothing is wasted; and each seat is named after the step of the rule that took it.
 8. Applicant-optimal. Deferred acceptance, run here anew, gives every child the same place: no stable placement is
    better for any child.
 9. Cut-offs. cutoffs.csv follows from the placements, line by line.
10. Deficit. There is a deficit.json if and only if somebody with a right to a place has none. Of kind `seats`: by
    plain sums its children outnumber the seats of all programmes on their lists by `missing`, no set lacks more, and
    no smaller set lacks as many. Of kind `lists`: everybody with a right could have a place on its list, and the
    children named are those who have none.
11. A later pass against its parent. Same round, rules, draw, programmes, reserves and fallbacks; no programme smaller;
    no child new; a child's rows are the parent's, or are its place there, held for good; nobody who stays is worse
    off. The parent's own result has properties 1 to 10. Checked only where the parent is given.

Exit code 0 and a summary on standard output: valid. 1 and one line on standard output: a property is violated; the
line names it and the counter-example. 2 and one line on standard error, naming file, line and reason: unreadable.
Unreadable is: a file that is missing (deficit.json excepted), a broken sentence of the format's section Input, an
order with a ticket and no draw, CSV output that is not rows of its header's columns in the format's text, JSON output
that does not parse, and arguments that are not understood. Everything that can be read and is false is a violation:
rows out of order, JSON that is not canonical, a deficit.json not called for whatever it contains. Where a bundle is
both, unreadable comes first.
"""

from __future__ import annotations

import gc
import hashlib
import io
import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import NamedTuple

PROPERTIES = {
    1: "text and digests",
    2: "root and seed",
    3: "nobody is missing",
    4: "one place, only where listed",
    5: "seats",
    6: "tickets",
    7: "the programmes' choice",
    8: "applicant-optimal",
    9: "cut-offs",
    10: "deficit",
    11: "a later pass against its parent",
}
INPUT_FILES = ("applicants.csv", "choices.csv", "fallbacks.csv", "programmes.csv", "reserves.csv")
NOT_A_KEY = ("ticket", "applicant", "rank", "programme", "lottery_unit", "groups", "fallback", "seat", "filled")

# The format's text, as regular expressions for one cell.
ID = "[A-Za-z0-9._:-]{1,64}"
SEAT = "[A-Za-z0-9._:-]*"
COUNT = "(?:0|[1-9][0-9]{0,5}|1000000)"
RANK = "(?:[1-9][0-9]{0,5}|1000000)"
KEY = "(?:0|-?[1-9][0-9]{0,11}|-?1000000000000)"
DIGEST = "[0-9a-f]{64}"
DRAW = "(?=.{1,200}$)(?:0|[1-9][0-9]*)(?:-(?:0|[1-9][0-9]*))*"


class Unreadable(Exception):
    """A sentence of the text is broken, so that there is nothing to judge."""

    def __init__(self, path: Path, line: int, reason: str) -> None:
        super().__init__(f"{path} line {line}: {reason}")


class Violation(Exception):
    """A property does not hold; the message is the counter-example."""

    def __init__(self, number: int, example: str) -> None:
        super().__init__(example)
        self.number = number


class Report(NamedTuple):
    """What `verify` found: exit code 0, 1 or 2, the property violated (0 if none), and the text to print."""

    exit_code: int
    property: int
    text: str


class Standing(NamedTuple):
    """Keys of a child at a programme, larger-first ones negated: those before the ticket, those after; as written."""

    before: tuple[int, ...]
    after: tuple[int, ...]
    text: str


NO_KEYS = Standing((), (), "")


class Child(NamedTuple):
    unit: str
    groups: tuple[str, ...]
    fallback: str
    standing: Standing  # at every programme that is not among the choices
    choices: dict[str, Standing]  # in the order of rank
    ranks: tuple[int, ...]


class Manifest(NamedTuple):
    fields: dict[str, object]
    round: str
    order: list[str]
    per_programme: bool
    open_first: bool
    files: dict[str, str]
    draw_root: str  # empty where the order has no ticket
    draw_value: str
    parent: str  # empty in a first pass

    def keys(self) -> list[str]:
        return [entry[:-1] for entry in self.order if entry != "ticket"]


class Problem(NamedTuple):
    """The input, with programmes and children sorted by name."""

    manifest: Manifest
    digests: dict[str, str]  # of manifest.json and of the input files, as they lie there
    capacity: dict[str, int]
    reserves: dict[str, list[tuple[str, int]]]  # group and seats, by precedence
    fallbacks: dict[str, list[str]]
    children: dict[str, Child]

    def list_of(self, name: str) -> Iterator[str]:
        """A child's list: its choices by rank, then its fallback without the programmes already listed."""
        child = self.children[name]
        yield from child.choices
        for programme in self.fallbacks.get(child.fallback, ()):
            if programme not in child.choices:
                yield programme


class Row(NamedTuple):
    """A row of placements.csv, as written."""

    applicant: str
    programme: str
    rank: str
    seat: str


class Result(NamedTuple):
    rows: list[Row]
    cutoffs: list[str]
    statement: object  # result.json
    deficit: object  # deficit.json; None if there is none or if it is not called for
    canonical: dict[str, bool]
    digests: dict[str, str]


Priority = tuple[tuple[int, ...], bytes, tuple[int, ...], str]  # the smaller goes first; the child's name comes last
PriorityOf = Callable[[str, str], Priority]  # of a child and a programme
Places = dict[str, Row]


# Reading: every sentence about text, and about the input alone.


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def canonical(value: object) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def read_file(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise Unreadable(path, 0, error.strerror or "cannot be read") from None


def read_json(path: Path, data: bytes) -> object:
    def once(pairs: list[tuple[str, object]]) -> dict[str, object]:
        names = [name for name, _ in pairs]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"the key {ascii(name)} stands twice")
        return dict(pairs)

    try:
        value: object = json.loads(data.decode("utf-8"), object_pairs_hook=once)
    except json.JSONDecodeError as error:
        raise Unreadable(path, error.lineno, f"not JSON: {error.msg}") from None
    except (ValueError, RecursionError) as error:
        raise Unreadable(path, 1, f"not JSON as wanted: {error}") from None
    return value


def fault(line: str, columns: int) -> str:
    """In words, why a line is not a row."""
    if not line.endswith("\n"):
        return "the last line does not end in LF"
    for sign, word in (("\r", "a carriage return"), ('"', "a quote"), (" ", "a space"), ("\t", "a tab")):
        if sign in line:
            return f"{word} in the line"
    if line == "\n":
        return "a blank line"
    if not line.isascii():
        return "a byte that is not ASCII"
    if line.count(",") + 1 != columns:
        return f"{line.count(',') + 1} columns where the header has {columns}"
    return f"a cell out of its form or range in {ascii(line[:-1])}"


def read_rows(path: Path, data: bytes, header: list[str], cells: str) -> Iterator[tuple[int, tuple[str, ...]]]:
    """The number of each line and the groups of its cells. Latin-1 keeps every byte: one that is wrong has a line."""
    lines = io.TextIOWrapper(io.BytesIO(data), "latin-1", newline="\n")
    if lines.readline() != ",".join(header) + "\n":
        raise Unreadable(path, 1, f"the header is not exactly {','.join(header)} and LF")
    fits = re.compile(cells + "\n").fullmatch
    for number, line in enumerate(lines, 2):
        found = fits(line)
        if found is None:
            raise Unreadable(path, number, fault(line, len(header)))
        yield number, found.groups("")


def is_text(pattern: str) -> Callable[[object], bool]:
    return lambda value: isinstance(value, str) and re.fullmatch(pattern, value) is not None


def has_exactly(forms: dict[str, str]) -> Callable[[object], bool]:
    return lambda value: (
        isinstance(value, dict)
        and value.keys() == forms.keys()
        and all(is_text(form)(value[name]) for name, form in forms.items())
    )


def is_order(value: object) -> bool:
    if not isinstance(value, list) or not 1 <= len(value) <= 8:
        return False
    if not all(entry == "ticket" or is_text("[a-z_]{1,64}[<>]")(entry) for entry in value):
        return False
    names = [entry.rstrip("<>") for entry in value]
    return len(set(names)) == len(names) and not any(entry[:-1] in NOT_A_KEY for entry in value if entry != "ticket")


FIELDS: dict[str, tuple[Callable[[object], bool], str]] = {
    "format": (is_text("allocation-bundle/1"), "is not allocation-bundle/1"),
    "round": (is_text(ID), "is not an identifier"),
    "suite": (is_text("sha256"), "is not sha256"),
    "order": (is_order, "is not 1 to 8 keys with < or >, each once, and at most one ticket"),
    "ticket": (is_text("per-applicant|per-programme"), "is neither per-applicant nor per-programme"),
    "reserves": (is_text("reserved-first|open-first"), "is neither reserved-first nor open-first"),
    "files": (has_exactly(dict.fromkeys(INPUT_FILES, DIGEST)), "is not the five input files with their digests"),
    "root": (is_text(DIGEST), "is not a digest"),
    "draw_name": (is_text("[\x20-\x7e]{1,200}"), "is not 1 to 200 printable ASCII characters"),
    "draw": (has_exactly({"root": DIGEST, "value": DRAW}), "is not a root and a value like 4-0-7"),
    "families": (is_text(DIGEST), "is not a root"),
    "parent": (is_text(DIGEST), "is not a digest"),
}


def read_manifest(path: Path, data: bytes) -> Manifest:
    fields = read_json(path, data)
    if not isinstance(fields, dict):
        raise Unreadable(path, 1, "not a JSON object")

    def refuse(name: str, reason: str) -> Unreadable:
        before, found, _ = data.partition(canonical(name).encode())
        return Unreadable(path, before.count(b"\n") + 1 if found else 1, f"{ascii(name)} {reason}")

    for name, value in fields.items():
        if name not in FIELDS:
            raise refuse(name, "is not a field of the format")
        if not FIELDS[name][0](value):
            raise refuse(name, FIELDS[name][1])
    for name in FIELDS:
        if name not in fields and name not in ("draw_name", "draw", "families", "parent"):
            raise refuse(name, "is missing")
    for name in ("draw_name", "draw"):
        if (name in fields) != ("ticket" in fields["order"]):
            raise refuse(name, "stands where the order has ticket, and only there")
    draw = fields.get("draw", {"root": "", "value": ""})
    return Manifest(
        fields,
        fields["round"],
        fields["order"],
        fields["ticket"] == "per-programme",
        fields["reserves"] == "open-first",
        fields["files"],
        draw["root"],
        draw["value"],
        fields.get("parent", ""),
    )


def read_capacity(path: Path, data: bytes) -> dict[str, int]:
    capacity: dict[str, int] = {}
    for line, (programme, seats) in read_rows(path, data, ["programme", "capacity"], f"({ID}),({COUNT})"):
        if programme in capacity:
            raise Unreadable(path, line, f"programme {programme} stands twice")
        capacity[programme] = int(seats)
    return {programme: capacity[programme] for programme in sorted(capacity)}


def read_reserves(path: Path, data: bytes, capacity: dict[str, int]) -> dict[str, list[tuple[str, int]]]:
    found: dict[str, dict[int, tuple[str, int]]] = {programme: {} for programme in capacity}
    left = dict(capacity)
    header = ["programme", "precedence", "group", "seats"]
    for line, (programme, rank, group, seats) in read_rows(path, data, header, f"({ID}),({RANK}),({ID}),({COUNT})"):
        if programme not in capacity:
            raise Unreadable(path, line, f"programme {programme} is not in programmes.csv")
        if int(rank) in found[programme]:
            raise Unreadable(path, line, f"precedence {rank} stands twice at {programme}")
        if any(group == other for other, _ in found[programme].values()):
            raise Unreadable(path, line, f"group {group} stands twice at {programme}")
        left[programme] -= int(seats)
        if left[programme] < 0:
            raise Unreadable(path, line, f"more reserved at {programme} than its capacity {capacity[programme]}")
        found[programme][int(rank)] = (group, int(seats))
    return {programme: [some[rank] for rank in sorted(some)] for programme, some in found.items()}


def read_fallbacks(path: Path, data: bytes, capacity: dict[str, int]) -> dict[str, list[str]]:
    found: dict[str, dict[int, str]] = {}
    header = ["fallback", "rank", "programme"]
    for line, (fallback, rank, programme) in read_rows(path, data, header, f"({ID}),({RANK}),({ID})"):
        ranked = found.setdefault(fallback, {})
        if programme not in capacity:
            raise Unreadable(path, line, f"programme {programme} is not in programmes.csv")
        if int(rank) in ranked:
            raise Unreadable(path, line, f"rank {rank} stands twice in {fallback}")
        ranked[int(rank)] = programme
        if len(ranked) > len(capacity) or programme in list(ranked.values())[:-1]:
            raise Unreadable(path, line, f"programme {programme} stands twice in {fallback}")
    return {fallback: [ranked[rank] for rank in sorted(ranked)] for fallback, ranked in found.items()}


def standings(manifest: Manifest) -> Callable[[str], Standing]:
    """How to read the cells of the keys; equal cells are read once."""
    signs = [-1 if entry.endswith(">") else 1 for entry in manifest.order if entry != "ticket"]
    split = manifest.order.index("ticket") if "ticket" in manifest.order else len(signs)
    known: dict[str, Standing] = {}

    def standing(text: str) -> Standing:
        if text not in known:
            keys = [sign * int(cell) for sign, cell in zip(signs, text.split(","))]  # noqa: B905 (Python 3.9)
            known[text] = Standing(tuple(keys[:split]), tuple(keys[split:]), text)
        return known[text]

    return standing


def read_applicants(
    path: Path, data: bytes, manifest: Manifest, fallbacks: dict[str, list[str]], standing: Callable[[str], Standing]
) -> dict[str, Child]:
    keys = manifest.keys()
    with_fallback = f"({ID}),({','.join(KEY for _ in keys)})" if keys else f"({ID})()"
    cells = f"({ID}),({ID}|),({ID}(?:;{ID})*|),(?:{with_fallback}|{',' * len(keys)})"
    header = ["applicant", "lottery_unit", "groups", "fallback", *keys]
    applicants: dict[str, Child] = {}
    known: dict[str, tuple[str, ...]] = {"": ()}
    for line, (name, unit, groups, fallback, text) in read_rows(path, data, header, cells):
        if name in applicants:
            raise Unreadable(path, line, f"applicant {name} stands twice")
        if groups not in known:
            known[groups] = tuple(groups.split(";"))
            if list(known[groups]) != sorted(set(known[groups])):
                raise Unreadable(path, line, f"groups {groups} are not sorted, each once")
        if fallback and fallback not in fallbacks:
            raise Unreadable(path, line, f"fallback {fallback} is not in fallbacks.csv")
        keep = standing(text) if fallback else NO_KEYS
        applicants[name] = Child(unit or name, known[groups], fallback, keep, {}, ())
    return applicants


def read_choices(
    path: Path, data: bytes, manifest: Manifest, problem: Problem, standing: Callable[[str], Standing]
) -> dict[str, Child]:
    """The children, sorted, each with its choices in the order of rank."""
    keys = manifest.keys()
    cells = f"({ID}),({RANK}),({ID})" + (f",({','.join(KEY for _ in keys)})" if keys else "()")
    names = {programme: programme for programme in problem.capacity}  # one string for each, not one for each row
    found: dict[str, dict[str, tuple[int, Standing]]] = {name: {} for name in problem.children}
    for line, (name, rank, programme, text) in read_rows(path, data, ["applicant", "rank", "programme", *keys], cells):
        if name not in found:
            raise Unreadable(path, line, f"applicant {name} is not in applicants.csv")
        if programme not in names:
            raise Unreadable(path, line, f"programme {programme} is not in programmes.csv")
        if programme in found[name]:
            raise Unreadable(path, line, f"programme {programme} stands twice for {name}")
        found[name][names[programme]] = (int(rank), standing(text))
    children: dict[str, Child] = {}
    for name in sorted(found):
        asked = sorted(found.pop(name).items(), key=lambda item: item[1][0])
        ranks = tuple(rank for _, (rank, _) in asked)
        if len(set(ranks)) != len(ranks):
            twice = next(rank for rank in ranks if ranks.count(rank) > 1)
            line = data.count(b"\n", 0, data.rindex(f"\n{name},{twice},".encode())) + 2
            raise Unreadable(path, line, f"rank {twice} stands twice for {name}")
        choices = {programme: keep for programme, (_, keep) in asked}
        children[name] = problem.children[name]._replace(choices=choices, ranks=ranks)
    return children


def read_problem(folder: Path) -> Problem:
    files = {name: read_file(folder / name) for name in ("manifest.json", *INPUT_FILES)}
    manifest = read_manifest(folder / "manifest.json", files["manifest.json"])
    capacity = read_capacity(folder / "programmes.csv", files["programmes.csv"])
    reserves = read_reserves(folder / "reserves.csv", files["reserves.csv"], capacity)
    fallbacks = read_fallbacks(folder / "fallbacks.csv", files["fallbacks.csv"], capacity)
    standing = standings(manifest)
    applicants = read_applicants(folder / "applicants.csv", files["applicants.csv"], manifest, fallbacks, standing)
    digests = {name: sha256(data) for name, data in files.items()}
    problem = Problem(manifest, digests, capacity, reserves, fallbacks, applicants)
    children = read_choices(folder / "choices.csv", files["choices.csv"], manifest, problem, standing)
    return problem._replace(children=children)


def read_result(folder: Path, problem: Problem) -> Result:
    names = ["placements.csv", "cutoffs.csv", "result.json"]
    if (folder / "deficit.json").exists():
        names.append("deficit.json")
    files = {name: read_file(folder / name) for name in names}
    header = ["applicant", "programme", "rank", "seat"]
    cells = f"({ID}),({ID}|),({KEY}|),({SEAT})"
    rows = [Row(*row) for _, row in read_rows(folder / names[0], files[names[0]], header, cells)]
    keys = problem.manifest.keys()
    header = ["programme", "seat", "filled", *keys, "ticket"]
    cells = f"({ID},{SEAT},{KEY}{f',(?:{KEY}|)' * len(keys)},[0-9a-f]*)"
    cutoffs = [line for _, (line,) in read_rows(folder / names[1], files[names[1]], header, cells)]
    parsed = {"result.json": read_json(folder / "result.json", files["result.json"])}
    if "deficit.json" in files and without_place(problem, {row.applicant: row for row in rows}):
        parsed["deficit.json"] = read_json(folder / "deficit.json", files["deficit.json"])
    is_canonical = {name: files[name] == (canonical(value) + "\n").encode() for name, value in parsed.items()}
    digests = {name: sha256(data) for name, data in files.items()}
    return Result(rows, cutoffs, parsed["result.json"], parsed.get("deficit.json"), is_canonical, digests)


# The properties, one after the other.


def check_digests(problem: Problem, result: Result) -> None:
    """Property 1."""
    for name, digest in problem.manifest.files.items():
        if digest != problem.digests[name]:
            raise Violation(1, f"the manifest gives {name} the digest {digest}, the file has {problem.digests[name]}")
    said = result.statement
    wanted = statement(problem, result)
    if not isinstance(said, dict) or said.keys() != wanted.keys():
        raise Violation(1, f"result.json has not exactly the fields {', '.join(wanted)}")
    for name in ("digest", "files", "format", "manifest", "round"):
        if said[name] != wanted[name]:
            raise Violation(1, f"result.json says {name} {canonical(said[name])}, it is {canonical(wanted[name])}")
    for name, is_canonical in result.canonical.items():
        if not is_canonical:
            raise Violation(1, f"{name} is not in canonical form")


def statement(problem: Problem, result: Result) -> dict[str, object]:
    """What result.json has to say of these files."""
    placed = sum(1 for row in result.rows if row.programme)
    return {
        "applicants": len(problem.children),
        "digest": result.digests["placements.csv"],
        "files": {name: result.digests[name] for name in ("cutoffs.csv", "deficit.json") if name in result.digests},
        "format": "allocation-result/1",
        "manifest": problem.digests["manifest.json"],
        "placed": placed,
        "round": problem.manifest.round,
        "seats": sum(problem.capacity.values()),
        "unplaced": len(problem.children) - placed,
    }


def check_root(manifest: Manifest) -> None:
    """Property 2."""
    fixed = {name: value for name, value in manifest.fields.items() if name not in ("root", "draw")}
    root = sha256(canonical(fixed).encode())
    if manifest.fields["root"] != root:
        raise Violation(2, f"the manifest says root {manifest.fields['root']}, it is {root}")
    if manifest.draw_root not in ("", root) and not manifest.parent:
        raise Violation(2, f"the draw was made for root {manifest.draw_root}, the root is {root}")


def check_rows(problem: Problem, result: Result) -> Places:
    """Property 3. Returns the row of each child."""
    previous = ""
    for row in result.rows:
        if row.applicant not in problem.children:
            raise Violation(3, f"{row.applicant} has a row and is no applicant")
        if row.applicant <= previous:
            raise Violation(3, f"the row of {row.applicant} stands after that of {previous}")
        previous = row.applicant
    places = {row.applicant: row for row in result.rows}
    for name in problem.children:
        if name not in places:
            raise Violation(3, f"{name} is missing")
    said = result.statement
    wanted = statement(problem, result)
    for name in ("applicants", "placed", "seats", "unplaced"):
        if isinstance(said, dict) and canonical(said[name]) != canonical(wanted[name]):
            raise Violation(3, f"result.json says {name} {canonical(said[name])}, it is {wanted[name]}")
    return places


def check_places(problem: Problem, places: Places) -> None:
    """Property 4."""
    for name, row in places.items():
        if not (row.programme and row.rank and row.seat):
            if row.programme or row.rank or row.seat:
                raise Violation(4, f"the row of {name} is neither a place nor empty")
            continue
        position = next((n for n, programme in enumerate(problem.list_of(name), 1) if programme == row.programme), 0)
        if not position:
            raise Violation(4, f"{name} is at {row.programme}, which is not on its list")
        if row.rank != str(position):
            raise Violation(4, f"{name} is at {row.programme} with rank {row.rank}, on its list that is {position}")


def check_seats(problem: Problem, places: Places) -> None:
    """Property 5."""
    filled: dict[tuple[str, str], int] = {}
    for row in places.values():
        if row.programme:
            filled[row.programme, row.seat] = filled.get((row.programme, row.seat), 0) + 1
    for programme, capacity in problem.capacity.items():
        seats = {"open": capacity}
        seats.update({f"reserve:{group}": number for group, number in problem.reserves[programme]})
        here = {seat: number for (where, seat), number in filled.items() if where == programme}
        for seat, number in here.items():
            if number > seats.get(seat, 0):
                raise Violation(5, f"{programme} has {seats.get(seat, 0)} seats {seat}, and {number} children on them")
        if sum(here.values()) > capacity:
            raise Violation(5, f"{programme} has {capacity} seats and {sum(here.values())} children")


def seed_of(manifest: Manifest) -> bytes:
    text = f"allocation-seed/1\n{manifest.draw_root}\n{manifest.draw_value}"
    return hashlib.sha256(text.encode()).digest()


def tickets(manifest: Manifest) -> Callable[[str, str], bytes]:
    """Property 6: the ticket of a lottery unit at a programme, empty where the order has none (HMAC: RFC 2104)."""
    if not manifest.draw_root:
        return lambda unit, programme: b""
    padded = seed_of(manifest).ljust(64, b"\0")
    inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in padded))
    outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in padded))
    inner.update(f"allocation-ticket/1\n{manifest.round}\n".encode())

    def draw(message: str) -> bytes:
        inside, outside = inner.copy(), outer.copy()
        inside.update(message.encode())
        outside.update(inside.digest())
        return outside.digest()

    if manifest.per_programme:
        return lambda unit, programme: draw(f"{unit}\n{programme}")
    drawn: dict[str, bytes] = {}

    def once(unit: str, programme: str) -> bytes:
        if unit not in drawn:
            drawn[unit] = draw(unit)
        return drawn[unit]

    return once


def priorities(problem: Problem) -> PriorityOf:
    """How a programme ranks a child, listed or not: its keys there and its ticket in the given order, then its name."""
    children = problem.children
    ticket = tickets(problem.manifest)

    def priority(name: str, programme: str) -> Priority:
        child = children[name]
        standing = child.choices.get(programme, child.standing)
        return standing.before, ticket(child.unit, programme), standing.after, name

    return priority


def choice(problem: Problem, programme: str, asking: list[str]) -> dict[str, str]:
    """The choice rule: of those who ask, in priority order, who is taken, and on which seat."""
    capacity = problem.capacity[programme]
    reserves = problem.reserves[programme]
    taken: dict[str, str] = {}

    def take(number: int, seat: str, group: str = "") -> None:
        for name in asking:
            if number <= 0:
                break
            if name not in taken and (not group or group in problem.children[name].groups):
                taken[name] = seat
                number -= 1

    if problem.manifest.open_first:
        take(capacity - sum(number for _, number in reserves), "open")
    for group, number in reserves:
        take(number, f"reserve:{group}", group)
    take(capacity - len(taken), "open")
    return taken


def check_choice(problem: Problem, places: Places, priority: PriorityOf) -> None:
    """Property 7. Of the envious with equal groups only the first is heard: the rule refuses all after it as well."""
    holding: dict[str, list[Priority]] = {programme: [] for programme in problem.capacity}
    envious: dict[str, dict[tuple[str, ...], Priority]] = {programme: {} for programme in problem.capacity}
    for name, row in places.items():
        groups = problem.children[name].groups
        for programme in problem.list_of(name):
            mine = priority(name, programme)
            if programme == row.programme:
                holding[programme].append(mine)
                break
            envious[programme][groups] = min(mine, envious[programme].get(groups, mine))
    for programme, capacity in problem.capacity.items():
        asking = sorted(chain(holding[programme], envious[programme].values()))
        taken = choice(problem, programme, [name for *_, name in asking])
        holders = [name for *_, name in sorted(holding[programme])]
        for name, seat in taken.items():
            if places[name].programme == programme:
                continue
            if len(holders) < capacity:
                raise Violation(7, f"a seat at {programme} is wasted: {name} would rather be there")
            loser = next(other for other in holders if other not in taken)
            raise Violation(7, f"{name} would rather be at {programme}, which takes it ({seat}) before {loser}")
        for name in holders:
            if places[name].seat != taken[name]:
                raise Violation(7, f"{name} has seat {places[name].seat} at {programme}, the rule gives {taken[name]}")


def deferred_acceptance(problem: Problem, priority: PriorityOf) -> dict[str, str]:
    """The programme of each child that gets one, when children ask in the order of their lists, from the top."""
    wishes = {name: problem.list_of(name) for name in problem.children}
    kept: dict[str, list[Priority]] = {programme: [] for programme in problem.capacity}
    without = list(wishes)
    while without:
        asked: dict[str, list[Priority]] = {}
        for name in without:
            programme = next(wishes[name], None)
            if programme is not None:
                asked.setdefault(programme, []).append(priority(name, programme))
        without = []
        for programme, new in asked.items():
            asking = sorted(chain(kept[programme], new))
            taken = choice(problem, programme, [name for *_, name in asking])
            kept[programme] = [mine for mine in asking if mine[-1] in taken]
            without += [name for *_, name in asking if name not in taken]
    return {name: programme for programme, held in kept.items() for *_, name in held}


def check_optimal(problem: Problem, places: Places, priority: PriorityOf) -> None:
    """Property 8."""
    best = deferred_acceptance(problem, priority)
    for name, row in places.items():
        if row.programme != best.get(name, ""):
            where = row.programme or "no place"
            raise Violation(8, f"deferred acceptance gives {name} {best.get(name, 'no place')}, it has {where}")


def cutoffs(problem: Problem, places: Places, priority: PriorityOf) -> Iterator[str]:
    """The lines that cutoffs.csv has to have, after its header."""
    on: dict[tuple[str, str], list[Priority]] = {}
    for name, row in places.items():
        if row.programme:
            on.setdefault((row.programme, row.seat), []).append(priority(name, row.programme))
    for programme, capacity in problem.capacity.items():
        seats = ["open"] + [f"reserve:{group}" for group, _ in problem.reserves[programme]]
        full = sum(len(on.get((programme, seat), ())) for seat in seats) == capacity
        for seat in seats:
            holders = on.get((programme, seat), [])
            cells = ["" for _ in problem.manifest.keys()] + [""]
            if full and holders:
                _, ticket, _, name = max(holders)
                child = problem.children[name]
                keys = child.choices.get(programme, child.standing).text
                cells = [keys, ticket.hex()] if keys else [ticket.hex()]
            yield ",".join([programme, seat, str(len(holders)), *cells])


def check_cutoffs(problem: Problem, result: Result, places: Places, priority: PriorityOf) -> None:
    """Property 9, and 6 where nothing but a ticket differs."""
    wanted = list(cutoffs(problem, places, priority))
    for line, (said, right) in enumerate(zip(result.cutoffs, wanted), 2):  # noqa: B905 (Python 3.9)
        if said != right:
            number = 6 if said.rpartition(",")[0] == right.rpartition(",")[0] else 9
            raise Violation(number, f"line {line} of cutoffs.csv says {said}, it is {right}")
    if len(result.cutoffs) != len(wanted):
        raise Violation(9, f"cutoffs.csv has {len(result.cutoffs)} rows, {len(wanted)} are wanted")


def with_right(problem: Problem, places: Places) -> list[str]:
    """Whom a deficit is about: the children with a fallback and, in a later pass, those who hold their only choice."""
    later = bool(problem.manifest.parent)
    return [
        name
        for name, child in problem.children.items()
        if child.fallback or (later and len(child.choices) == 1 and name in places and places[name].programme)
    ]


def without_place(problem: Problem, places: Places) -> list[str]:
    """The children with a right to a place who have none."""
    return [name for name in with_right(problem, places) if name in places and not places[name].programme]


def programmes_of(problem: Problem, names: Iterable[str]) -> set[str]:
    """The programmes on the lists of these children."""
    listed: set[str] = set()
    fallbacks: set[str] = set()
    for name in names:
        listed.update(problem.children[name].choices)
        fallbacks.add(problem.children[name].fallback)
    for fallback in fallbacks:
        listed.update(problem.fallbacks.get(fallback, ()))
    return listed


def most_places(problem: Problem, names: list[str], places: Places) -> tuple[list[str], list[str]]:
    """Give as many of these children as possible a place on their lists, starting from the places they have.

    Somebody without a place may take a full programme's seat if its holder can move on, and so forth (augmenting
    paths). Returns, sorted, those whom nothing helps, and all who would have to move for one of them: these fill
    every programme on their lists, and every set of children that lacks as many seats contains them.
    """
    at = {name: places[name].programme for name in names}
    holders: dict[str, dict[str, None]] = {programme: {} for programme in problem.capacity}
    for name in names:
        if at[name]:
            holders[at[name]][name] = None
    reached: dict[str, str] = {}  # programmes, each with the child who asked for it first in this round
    shared: set[str] = set()  # fallbacks asked for in this round
    moving: list[str] = []

    def move(programme: str) -> None:
        while programme:
            name = reached[programme]
            left, at[name] = at[name], programme
            holders[programme][name] = None
            if left:
                del holders[left][name]
            programme = left

    def finds_place(first: str) -> bool:
        queue = [first]
        for name in queue:
            child = problem.children[name]
            fallback = () if child.fallback in shared else problem.fallbacks.get(child.fallback, ())
            shared.add(child.fallback)
            for programme in chain(child.choices, fallback):
                if programme not in reached:
                    reached[programme] = name
                    if len(holders[programme]) < problem.capacity[programme]:
                        move(programme)
                        return True
                    queue.extend(holders[programme])
        moving.extend(queue)
        return False

    while any([finds_place(name) for name in names if not at[name]]):
        reached.clear()
        shared.clear()
        moving.clear()
    return [name for name in names if not at[name]], sorted(moving)


def check_deficit(problem: Problem, result: Result, places: Places) -> None:
    """Property 10."""
    entitled = with_right(problem, places)
    unplaced = without_place(problem, places)
    if not unplaced and "deficit.json" in result.digests:
        raise Violation(10, "deficit.json is not called for: everybody with a right to a place has one")
    if not unplaced:
        return
    if "deficit.json" not in result.digests:
        raise Violation(10, f"{unplaced[0]} has a right to a place and none, and there is no deficit.json")
    left_out, smallest = most_places(problem, entitled, places)
    claim, named = claimed(result.deficit, "seats" if left_out else "lists", entitled)
    wanted: dict[str, object] = {"applicants": named, "kind": claim["kind"]}
    if left_out:
        programmes = sorted(programmes_of(problem, named))
        seats = sum(problem.capacity[programme] for programme in programmes)
        wanted.update(missing=len(named) - seats, programmes=programmes, seats=seats)
        if len(named) - seats < len(left_out):
            raise Violation(10, f"{len(named)} named for {seats} seats, but other children lack {len(left_out)}")
        if named != smallest:
            spare = next(name for name in named if name not in smallest)
            raise Violation(10, f"without {spare} and others a smaller set lacks as many seats, {len(left_out)}")
    elif named != unplaced:
        raise Violation(10, f"{len(named)} named, {len(unplaced)} have no place, {unplaced[0]} the first of them")
    if claim.keys() != wanted.keys():
        raise Violation(10, f"deficit.json has not exactly the fields {', '.join(wanted)}")
    for field, value in wanted.items():
        if canonical(claim[field]) != canonical(value):
            raise Violation(10, f"deficit.json says {field} {canonical(claim[field])}, it is {canonical(value)}")


def claimed(claim: object, kind: str, entitled: list[str]) -> tuple[dict[str, object], list[str]]:
    """The claim and the children it names, if it is of this kind and names only children with a right, sorted."""
    why = {
        "seats": "no assignment gives everybody with a right a place on its list",
        "lists": "an assignment exists in which everybody with a right has a place on its list",
    }
    if not isinstance(claim, dict) or claim.get("kind") != kind:
        raise Violation(10, f"deficit.json is not of kind {kind}, but {why[kind]}")
    named = claim.get("applicants")
    right = set(entitled)
    if not isinstance(named, list) or not all(isinstance(name, str) for name in named):
        raise Violation(10, "the applicants of deficit.json are not a list of names")
    for name in named:
        if name not in right:
            raise Violation(10, f"deficit.json names {ascii(name)}, who has no right to a place")
    if named != sorted(set(named)):
        raise Violation(10, "the applicants of deficit.json are not sorted, each once")
    return claim, named


def check_same_terms(later: Problem, earlier: Problem) -> None:
    """Property 11, what the two passes have in common."""
    if later.manifest.parent != earlier.digests["manifest.json"]:
        raise Violation(11, f"the parent's manifest has the digest {earlier.digests['manifest.json']}, not `parent`")
    for name in ("round", "suite", "order", "ticket", "reserves", "draw_name", "draw"):
        if later.manifest.fields.get(name) != earlier.manifest.fields.get(name):
            raise Violation(11, f"`{name}` of the manifest differs from the parent's")
    for name in ("reserves.csv", "fallbacks.csv"):
        if later.digests[name] != earlier.digests[name]:
            raise Violation(11, f"{name} differs from the parent's")
    for programme in chain(earlier.capacity, later.capacity):
        if programme not in later.capacity or programme not in earlier.capacity:
            raise Violation(11, f"{programme} is a programme of one of the two passes only")
        if later.capacity[programme] < earlier.capacity[programme]:
            raise Violation(11, f"{programme} has {later.capacity[programme]} seats, {earlier.capacity[programme]} before")


def check_stayers(later: Problem, places: Places, earlier: Problem, before: Places) -> None:
    """Property 11, child by child."""
    for name, child in later.children.items():
        then = earlier.children.get(name)
        if then is None:
            raise Violation(11, f"{name} is not among the parent's applicants")
        if (child.unit, child.groups) != (then.unit, then.groups):
            raise Violation(11, f"{name} has another lottery unit or other groups than in the parent")
        held = before[name].programme
        if child != then:
            keys = then.choices.get(held, then.standing)
            for_good = then._replace(fallback="", standing=NO_KEYS, choices={held: keys}, ranks=(1,))
            if not held or child != for_good:
                raise Violation(11, f"the rows of {name} are neither the parent's nor {held or 'a place'} held for good")
        order = list(earlier.list_of(name))
        now = places[name].programme
        if held and (now not in order or order.index(now) > order.index(held)):
            raise Violation(11, f"{name} had {held} and is worse off with {now or 'no place'}")


# The whole.


def check_result(problem: Problem, result: Result) -> Places:
    """Properties 1 to 10. Returns the row of each child."""
    check_digests(problem, result)
    check_root(problem.manifest)
    places = check_rows(problem, result)
    check_places(problem, places)
    check_seats(problem, places)
    priority = priorities(problem)
    check_choice(problem, places, priority)
    check_optimal(problem, places, priority)
    check_cutoffs(problem, result, places, priority)
    check_deficit(problem, result, places)
    return places


def check_later(later: Problem, places: Places, earlier: Problem, parent_result: Result) -> None:
    """Property 11."""
    check_same_terms(later, earlier)
    try:
        before = check_result(earlier, parent_result)
    except Violation as violation:
        raise Violation(11, f"the parent violates property {violation.number}: {violation}") from None
    check_stayers(later, places, earlier, before)


def summary(problem: Problem, result: Result, with_parent: bool) -> str:
    manifest = problem.manifest
    said = statement(problem, result)
    last = 11 if with_parent else 10
    lines = [
        f"valid: round {manifest.round}, {'a later pass' if manifest.parent else 'a first pass'}",
        f"root {manifest.fields['root']}",
        f"seed {seed_of(manifest).hex() if manifest.draw_root else 'none, the order has no ticket'}",
        f"digest {said['digest']}",
        f"applicants {said['applicants']}, placed {said['placed']}, unplaced {said['unplaced']}, seats {said['seats']}"
        f" at {len(problem.capacity)} programmes",
        f"deficit {canonical(result.deficit)[:200] if result.deficit else 'none called for'}",
        "checked " + "; ".join(f"{number} {PROPERTIES[number]}" for number in range(1, last + 1)),
    ]
    if manifest.parent and not with_parent:
        lines.append(f"not checked 11 {PROPERTIES[11]}: the bundle has a parent and none was given")
    return "\n".join(lines)


def verify(bundle: Path, result: Path | None = None, parent: Path | None = None) -> Report:
    """Check a bundle with its result, and against its parent where given, as the command does. Reads only."""
    try:
        problem = read_problem(bundle)
        outcome = read_result(result or bundle, problem)
        if parent and not problem.manifest.parent:
            raise Violation(11, "a parent was given, and the manifest names none")
        earlier = read_problem(parent) if parent else None
        earlier_result = read_result(parent, earlier) if parent and earlier else None
        places = check_result(problem, outcome)
        if earlier and earlier_result:
            check_later(problem, places, earlier, earlier_result)
    except Unreadable as error:
        return Report(2, 0, f"unreadable: {error}")
    except Violation as error:
        return Report(1, error.number, f"violated: property {error.number} ({PROPERTIES[error.number]}): {error}")
    return Report(0, 0, summary(problem, outcome, parent is not None))


def main(arguments: list[str]) -> int:
    folders: dict[str, Path] = {}
    rest = iter(arguments)
    for word in rest:
        option, equals, value = word.partition("=") if word.startswith("--") else ("BUNDLE", "=", word)
        value = value if equals else next(rest, "")
        if option not in ("BUNDLE", "--result", "--parent") or option in folders or not value:
            folders.clear()
            break
        folders[option] = Path(value)
    if "BUNDLE" not in folders:
        print("usage: verify.py BUNDLE [--result DIR] [--parent DIR]", file=sys.stderr)
        return 2
    gc.disable()  # the data of a large round hold no cycles, and looking for some takes a third of the time
    report = verify(folders["BUNDLE"], folders.get("--result"), folders.get("--parent"))
    print(report.text, file=sys.stderr if report.exit_code == 2 else sys.stdout)
    return report.exit_code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
