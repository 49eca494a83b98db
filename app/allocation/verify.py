"""Check the result of an allocation against the text of the format allocation-bundle/1, and nothing else.

    python -I -S verify.py BUNDLE [--result DIR] [--parent DIR]

BUNDLE is the folder with the problem, DIR after --result the folder with its output (BUNDLE itself by default), DIR
after --parent the folder with input and output of the pass before a later pass. This file needs Python 3.9 or later
and its standard library. It shares no code with the program that makes the placements. It only reads, uses no number
but whole ones, and leaves nothing to chance.

The properties. A result is valid when all of them hold; otherwise the first counter-example found is printed.

 1. Text and digests. The SHA-256 digests in manifest.json are those of the five input files. result.json has exactly
    its fields, names this round and this manifest, and gives the digests of placements.csv, of cutoffs.csv and, if and
    only if there is one, of deficit.json. Both JSON files of the output are in canonical form.
 2. Root and seed. The root is made from what was fixed before the draw. In a first pass it is the root that was drawn
    for, so that nobody could choose the seed, which is made from that root and the public draw alone.
 3. Nobody is missing. placements.csv has one row for each applicant, sorted, and none for anyone else; result.json
    counts applicants, placed, unplaced and seats as they are.
 4. One place for each child, only where listed: each placed child is at one programme on its own list, with its true
    position there; the row of an unplaced child is empty.
 5. Seats. No programme has more children than seats, no reserve more than its own, and every seat is one that its
    programme has.
 6. Tickets. Each ticket is derived anew from the seed, the round and the lottery unit. Properties 7 and 8 rank
    children by the tickets derived here, and those written in cutoffs.csv are the same.
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
11. Later pass. Its round, rules, draw, programmes, reserves and fallbacks are the parent's; no programme is smaller;
    no child is new; a child's rows are the parent's, or are its place there, held for good; nobody who stays is worse
    off. The parent's own result has properties 1 to 10. Checked only where the parent is given.

Exit code 0 and a summary on standard output: valid. 1 and one line on standard output: a property is violated; the
line names it and the counter-example. 2 and one line on standard error, naming file, line and reason: unreadable.
Unreadable is: a file that is missing (deficit.json excepted), a broken sentence of the format's section Input, an
order with a ticket and no draw, CSV output that is not rows of its header's columns in the format's text, JSON output
that does not parse, and arguments that are not understood. Whatever can be read and is false is a violation: rows
out of order, JSON that is not canonical, a deficit.json not called for, whatever it contains. Where both could be
said of a bundle, it is unreadable.
"""

from __future__ import annotations

import gc
import hashlib
import io
import json
import operator
import re
import sys
from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import NamedTuple

PROPERTIES = (
    *("", "text and digests", "root and seed", "nobody is missing", "one place, only where listed", "seats", "tickets"),
    *("the programmes' choice", "applicant-optimal", "cut-offs", "deficit", "later pass"),
)
INPUT_FILES = ("applicants.csv", "choices.csv", "fallbacks.csv", "programmes.csv", "reserves.csv")
BLOCK = 1 << 17  # bytes of a table that are read at once
RANKS = 1 << 20  # more than any rank
NOT_A_KEY = ("ticket", "applicant", "rank", "programme", "lottery_unit", "groups", "fallback", "seat", "filled")

# The format's text, as regular expressions for one cell or one value.
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
    """Keys of a child at a programme: those before the ticket and those after, smaller first; the cells as written."""

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
    keys: list[str]
    files: dict[str, str]
    draw: dict[str, str]  # empty where the order has no ticket


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
        fallback = self.fallbacks.get(child.fallback, ())
        return chain(child.choices, (programme for programme in fallback if programme not in child.choices))


class Row(NamedTuple):
    """A row of placements.csv, as written."""

    applicant: str
    programme: str
    rank: str
    seat: str


class Result(NamedTuple):
    rows: list[Row]
    cutoffs: list[str]
    parsed: dict[str, object]  # result.json, and deficit.json where one is called for
    canonical: dict[str, bool]
    digests: dict[str, str]


# The smaller goes first; the child's name is the last resort, and its groups ride along.
Priority = tuple[tuple[int, ...], bytes, tuple[int, ...], str, tuple[str, ...]]
PriorityOf = Callable[[str, str], Priority]  # of a child at a programme
Places = dict[str, Row]
Holders = dict[str, dict[str, None]]  # of the seats of each programme


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
        if len(dict(pairs)) != len(pairs):
            raise ValueError("a key stands twice")
        return dict(pairs)

    def whole(digits: str) -> int:
        if len(digits) > 15:
            raise ValueError("a number too long")  # some versions of Python would refuse it, others not
        return int(digits)

    try:
        value: object = json.loads(data.decode("utf-8"), object_pairs_hook=once, parse_int=whole)
    except json.JSONDecodeError as error:
        raise Unreadable(path, error.lineno, f"not JSON: {error.msg}") from None
    except (ValueError, RecursionError) as error:
        raise Unreadable(path, 1, f"not JSON as wanted: {error}") from None
    return value


def read_blocks(path: Path, data: bytes, header: list[str], cells: str) -> Iterator[tuple[int, list[tuple[str, ...]]]]:
    """A table in blocks: the number of the first line, and for each line the groups of its cells, two at least.

    Latin-1 keeps every byte: one that is wrong has a line. A match is a whole line, so where there are as many matches
    as lines, each line is a row.
    """
    end = data.find(b"\n") + 1
    if data[:end] != (",".join(header) + "\n").encode():
        raise Unreadable(path, 1, f"the header is not exactly {','.join(header)} and LF")
    row = re.compile(f"^{cells}\n", re.MULTILINE)
    line = 2
    while end < len(data):
        start, end = end, data.find(b"\n", end + BLOCK) + 1 or len(data)
        text = data[start:end].decode("latin-1")
        rows = row.findall(text)
        if len(rows) < text.count("\n") or text[-1] != "\n":
            lines = enumerate(io.StringIO(text, newline="\n"), line)
            number, wrong = next((number, each) for number, each in lines if not row.fullmatch(each))
            if number > line:
                yield line, rows[: number - line]
            raise Unreadable(path, number, f"not a row of {','.join(header)} in the format's text: {wrong[:200]!a}")
        yield line, rows
        line += len(rows)


def read_rows(path: Path, data: bytes, header: list[str], cells: str) -> Iterator[tuple[int, tuple[str, ...]]]:
    """The number of each line and the groups of its cells."""
    for line, rows in read_blocks(path, data, header, cells):
        yield from enumerate(rows, line)


def is_text(pattern: str) -> Callable[[object], bool]:
    return lambda value: isinstance(value, str) and re.fullmatch(pattern, value) is not None


def is_table(forms: dict[str, str]) -> Callable[[object], bool]:
    return lambda value: (
        isinstance(value, dict)
        and value.keys() == forms.keys()
        and all(is_text(form)(value[name]) for name, form in forms.items())
    )


def is_order(value: object) -> bool:
    if not isinstance(value, list) or not all(is_text("ticket|[a-z_]{1,64}[<>]")(entry) for entry in value):
        return False
    names = [entry.rstrip("<>") for entry in value]
    clash = any(entry != "ticket" and entry[:-1] in NOT_A_KEY for entry in value)
    return 1 <= len(value) <= 8 and len(set(names)) == len(names) and not clash


FIELDS: dict[str, tuple[Callable[[object], bool], str]] = {
    "format": (is_text("allocation-bundle/1"), "is not allocation-bundle/1"),
    "round": (is_text(ID), "is not an identifier"),
    "suite": (is_text("sha256"), "is not sha256"),
    "order": (is_order, "is not 1 to 8 keys with < or >, each once, and at most one ticket"),
    "ticket": (is_text("per-applicant|per-programme"), "is neither per-applicant nor per-programme"),
    "reserves": (is_text("reserved-first|open-first"), "is neither reserved-first nor open-first"),
    "files": (is_table(dict.fromkeys(INPUT_FILES, DIGEST)), "is not the five input files with their digests"),
    "root": (is_text(DIGEST), "is not a root"),
    "draw_name": (is_text("[\x20-\x7e]{1,200}"), "is not 1 to 200 printable ASCII characters"),
    "draw": (is_table({"root": DIGEST, "value": DRAW}), "is not a root and a value like 4-0-7"),
    "families": (is_text(DIGEST), "is not a root"),
    "parent": (is_text(DIGEST), "is not a digest"),
}


def read_manifest(path: Path, data: bytes) -> Manifest:
    fields = read_json(path, data)
    if not isinstance(fields, dict):
        raise Unreadable(path, 1, "not a JSON object")

    def refusal(name: str, reason: str) -> Unreadable:
        found = re.search(re.escape(canonical(name)).encode() + rb"\s*:", data)
        return Unreadable(path, data.count(b"\n", 0, found.start() if found else 0) + 1, f"{name!a} {reason}")

    for name, value in fields.items():
        if name not in FIELDS:
            raise refusal(name, "is not a field of the format")
        if not FIELDS[name][0](value):
            raise refusal(name, FIELDS[name][1])
    for name in FIELDS:
        if name not in fields and name not in ("draw_name", "draw", "families", "parent"):
            raise refusal(name, "is missing")
    for name in ("draw_name", "draw"):
        if (name in fields) != ("ticket" in fields["order"]):
            raise refusal(name, "has to stand where the order has ticket, and only there")
    keys = [entry[:-1] for entry in fields["order"] if entry != "ticket"]
    return Manifest(fields, fields["round"], fields["order"], keys, fields["files"], fields.get("draw", {}))


def read_capacity(path: Path, data: bytes) -> dict[str, int]:
    capacity: dict[str, int] = {}
    for line, (programme, seats) in read_rows(path, data, ["programme", "capacity"], f"({ID}),({COUNT})"):
        if programme in capacity:
            raise Unreadable(path, line, f"programme {programme} stands twice")
        capacity[programme] = int(seats)
    return dict(sorted(capacity.items()))


def read_reserves(path: Path, data: bytes, capacity: dict[str, int]) -> dict[str, list[tuple[str, int]]]:
    found: dict[str, dict[int, tuple[str, int]]] = {programme: {} for programme in capacity}
    left = dict(capacity)
    header = ["programme", "precedence", "group", "seats"]
    for line, (programme, rank, group, seats) in read_rows(path, data, header, f"({ID}),({RANK}),({ID}),({COUNT})"):
        if programme not in capacity:
            raise Unreadable(path, line, f"programme {programme} is not in programmes.csv")
        if int(rank) in found[programme] or group in (other for other, _ in found[programme].values()):
            raise Unreadable(path, line, f"precedence {rank} or group {group} stands twice at {programme}")
        left[programme] -= int(seats)
        if left[programme] < 0:
            raise Unreadable(path, line, f"more reserved at {programme} than its capacity {capacity[programme]}")
        found[programme][int(rank)] = (group, int(seats))
    return {programme: [reserves[rank] for rank in sorted(reserves)] for programme, reserves in found.items()}


def read_fallbacks(path: Path, data: bytes, capacity: dict[str, int]) -> dict[str, list[str]]:
    found: dict[str, dict[int, str]] = {}
    listed: set[tuple[str, str]] = set()
    for line, (fallback, rank, programme) in read_rows(
        path, data, ["fallback", "rank", "programme"], f"({ID}),({RANK}),({ID})"
    ):
        ranked = found.setdefault(fallback, {})
        if programme not in capacity:
            raise Unreadable(path, line, f"programme {programme} is not in programmes.csv")
        if int(rank) in ranked or (fallback, programme) in listed:
            raise Unreadable(path, line, f"rank {rank} or programme {programme} stands twice in {fallback}")
        listed.add((fallback, programme))
        ranked[int(rank)] = programme
    return {fallback: [ranked[rank] for rank in sorted(ranked)] for fallback, ranked in found.items()}


class Standings(dict[str, Standing]):
    """How to read the cells of the keys, larger-first keys negated; equal cells are read once."""

    def __init__(self, order: list[str]) -> None:
        super().__init__()
        self.signs = [-1 if entry.endswith(">") else 1 for entry in order if entry != "ticket"]
        self.split = order.index("ticket") if "ticket" in order else len(self.signs)

    def __missing__(self, text: str) -> Standing:
        keys = [sign * int(cell) for sign, cell in zip(self.signs, text.split(","))]  # noqa: B905 (Python 3.9)
        self[text] = Standing(tuple(keys[: self.split]), tuple(keys[self.split :]), text)
        return self[text]


def read_applicants(
    path: Path, data: bytes, keys: list[str], fallbacks: dict[str, list[str]], standings: Standings
) -> dict[str, Child]:
    """The children, as yet without choices."""
    with_fallback = f"({ID}),({','.join(KEY for _ in keys)})" if keys else f"({ID})()"
    cells = f"({ID}),({ID}|),({ID}(?:;{ID})*|),(?:{with_fallback}|{',' * len(keys)})"
    header = ["applicant", "lottery_unit", "groups", "fallback", *keys]
    children: dict[str, Child] = {}
    known: dict[str, tuple[str, ...]] = {"": ()}
    for line, (name, unit, groups, fallback, text) in read_rows(path, data, header, cells):
        if name in children:
            raise Unreadable(path, line, f"applicant {name} stands twice")
        if groups not in known:
            known[groups] = tuple(groups.split(";"))
            if list(known[groups]) != sorted(set(known[groups])):
                raise Unreadable(path, line, f"groups {groups} are not sorted, each once")
        if fallback and fallback not in fallbacks:
            raise Unreadable(path, line, f"fallback {fallback} is not in fallbacks.csv")
        children[name] = Child(unit or name, known[groups], fallback, standings[text] if fallback else NO_KEYS, {}, ())
    return children


def read_choices(
    path: Path, data: bytes, keys: list[str], problem: Problem, standings: Standings
) -> tuple[array[int], list[str], list[Standing]]:
    """Line by line: a number that sorts by child and rank, the programme, and the standing there."""
    cells = f"({ID}),({RANK}),({ID})" + (f",({','.join(KEY for _ in keys)})" if keys else "()")
    least = {name: number * RANKS for number, name in enumerate(sorted(problem.children))}
    names = {programme: programme for programme in problem.capacity}  # one string for each, not one for each row
    order = array("q")
    chosen: list[str] = []
    standing: list[Standing] = []
    for line, rows in read_blocks(path, data, ["applicant", "rank", "programme", *keys], cells):
        applicants, ranks, programmes, texts = zip(*rows)  # noqa: B905 (Python 3.9)
        if not (least.keys() >= set(applicants) and names.keys() >= set(programmes)):
            for number, (name, _, programme, _) in enumerate(rows, line):
                if name not in least:
                    raise Unreadable(path, number, f"applicant {name} is not in applicants.csv")
                if programme not in names:
                    raise Unreadable(path, number, f"programme {programme} is not in programmes.csv")
        order.extend(map(operator.add, map(least.__getitem__, applicants), map(int, ranks)))
        chosen.extend(map(names.__getitem__, programmes))
        standing.extend(map(standings.__getitem__, texts))
    return order, chosen, standing


def with_choices(
    path: Path, children: dict[str, Child], order: array[int], chosen: list[str], standing: list[Standing]
) -> dict[str, Child]:
    """The children, sorted, each with its choices in the order of rank."""
    lines: Sequence[int] = range(2, len(order) + 2)
    if any(map(operator.gt, order, islice(order, 1, None))):
        lines = sorted(lines, key=lambda line: order[line - 2])
        chosen, standing = [chosen[line - 2] for line in lines], [standing[line - 2] for line in lines]
        order = array("q", sorted(order))
    found: dict[str, Child] = {}
    shared: dict[tuple[int, ...], tuple[int, ...]] = {}
    end = 0
    for number, name in enumerate(sorted(children), 1):
        start, end = end, bisect_left(order, number * RANKS, end)
        ranks = tuple(map((RANKS - 1).__and__, order[start:end]))
        choices = dict(zip(chosen[start:end], standing[start:end]))  # noqa: B905 (Python 3.9)
        if len(choices) < len(ranks) or len(set(ranks)) < len(ranks):
            raise twice(path, name, sorted(zip(lines[start:end], ranks, chosen[start:end])))  # noqa: B905 (Python 3.9)
        found[name] = Child(*children[name][:4], choices, shared.setdefault(ranks, ranks))
    return found


def twice(path: Path, name: str, rows: list[tuple[int, int, str]]) -> Unreadable:
    """The first programme, or else the least rank, that stands twice among a child's lines, and the later line."""
    seen = set()
    for line, _, programme in rows:
        if programme in seen:
            return Unreadable(path, line, f"programme {programme} stands twice for {name}")
        seen.add(programme)
    ranks = sorted(rank for _, rank, _ in rows)
    least = next(rank for rank in ranks if ranks.count(rank) > 1)
    return Unreadable(
        path, max(line for line, rank, _ in rows if rank == least), f"rank {least} stands twice for {name}"
    )


def read_problem(folder: Path) -> Problem:
    files = {name: read_file(folder / name) for name in ("manifest.json", *INPUT_FILES)}
    digests = {name: sha256(data) for name, data in files.items()}
    manifest = read_manifest(folder / "manifest.json", files["manifest.json"])
    capacity = read_capacity(folder / "programmes.csv", files["programmes.csv"])
    reserves = read_reserves(folder / "reserves.csv", files["reserves.csv"], capacity)
    fallbacks = read_fallbacks(folder / "fallbacks.csv", files["fallbacks.csv"], capacity)
    keys, standings = manifest.keys, Standings(manifest.order)
    children = read_applicants(folder / "applicants.csv", files["applicants.csv"], keys, fallbacks, standings)
    problem = Problem(manifest, digests, capacity, reserves, fallbacks, children)
    path = folder / "choices.csv"
    columns = read_choices(path, files.pop("choices.csv"), keys, problem, standings)
    return problem._replace(children=with_choices(path, children, *columns))


def read_result(folder: Path, problem: Problem) -> Result:
    names = ["placements.csv", "cutoffs.csv", "result.json"]
    if (folder / "deficit.json").exists():
        names.append("deficit.json")
    files = {name: read_file(folder / name) for name in names}
    header = ["applicant", "programme", "rank", "seat"]
    cells = f"({ID}),({ID}|),({KEY}|),({SEAT})"
    known: dict[str, str] = {name: name for name in chain(problem.children, problem.capacity)}  # one string for each
    rows = [
        Row(*[known.setdefault(cell, cell) for cell in row])
        for _, row in read_rows(folder / names[0], files[names[0]], header, cells)
    ]
    keys = problem.manifest.keys
    header = ["programme", "seat", "filled", *keys, "ticket"]
    cells = f"({ID},{SEAT},{KEY}{f',(?:{KEY}|)' * len(keys)},)([0-9a-f]*)"
    cutoffs = ["".join(cells) for _, cells in read_rows(folder / names[1], files[names[1]], header, cells)]
    called_for = without_place(problem, {row.applicant: row for row in rows})
    parsed = {name: read_json(folder / name, files[name]) for name in names[2:] if name == names[2] or called_for}
    is_canonical = {name: files[name] == (canonical(value) + "\n").encode() for name, value in parsed.items()}
    return Result(rows, cutoffs, parsed, is_canonical, {name: sha256(data) for name, data in files.items()})


# The properties, one after the other.


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


def check_fields(number: int, name: str, said: object, wanted: dict[str, object], fields: tuple[str, ...]) -> None:
    """That a JSON file has exactly the fields wanted, and in `fields` the values wanted, down to the type."""
    if not isinstance(said, dict) or said.keys() != wanted.keys():
        raise Violation(number, f"{name} has not exactly the fields {', '.join(wanted)}")
    for field in fields:
        if canonical(said[field]) != canonical(wanted[field]):
            raise Violation(number, f"{name} says {field} {canonical(said[field])}, it is {canonical(wanted[field])}")


def check_digests(problem: Problem, result: Result) -> None:
    """Property 1."""
    for name, digest in problem.manifest.files.items():
        if digest != problem.digests[name]:
            raise Violation(1, f"the manifest gives {name} the digest {digest}, the file has {problem.digests[name]}")
    fields = ("digest", "files", "format", "manifest", "round")
    check_fields(1, "result.json", result.parsed["result.json"], statement(problem, result), fields)
    for name, is_canonical in result.canonical.items():
        if not is_canonical:
            raise Violation(1, f"{name} is not in canonical form")


def check_root(manifest: Manifest) -> None:
    """Property 2."""
    fixed = {name: value for name, value in manifest.fields.items() if name not in ("root", "draw")}
    root = sha256(canonical(fixed).encode())
    if manifest.fields["root"] != root:
        raise Violation(2, f"the manifest says root {manifest.fields['root']}, it is {root}")
    if manifest.draw and "parent" not in fixed and manifest.draw["root"] != root:
        raise Violation(2, f"the draw was made for root {manifest.draw['root']}, the root is {root}")


def check_rows(problem: Problem, result: Result) -> Places:
    """Property 3. Returns the row of each child."""
    previous = ""
    for row in result.rows:
        if row.applicant not in problem.children:
            raise Violation(3, f"{row.applicant} has a row and is no applicant")
        if row.applicant <= previous:
            raise Violation(3, f"the row of {row.applicant} stands after that of {previous}: sorted, each once")
        previous = row.applicant
    places = {row.applicant: row for row in result.rows}
    for name in problem.children:
        if name not in places:
            raise Violation(3, f"{name} is missing")
    counts = ("applicants", "placed", "seats", "unplaced")
    check_fields(3, "result.json", result.parsed["result.json"], statement(problem, result), counts)
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
    filled: dict[str, dict[str, int]] = {programme: {} for programme in problem.capacity}
    for row in places.values():
        if row.programme:
            filled[row.programme][row.seat] = filled[row.programme].get(row.seat, 0) + 1
    for programme, capacity in problem.capacity.items():
        seats = {f"reserve:{group}": number for group, number in problem.reserves[programme]}
        seats["open"] = capacity
        for seat, number in filled[programme].items():
            if number > seats.get(seat, 0):
                raise Violation(5, f"{programme} has {seats.get(seat, 0)} seats {seat}, and {number} children on them")
        if sum(filled[programme].values()) > capacity:
            raise Violation(5, f"{programme} has {capacity} seats and {sum(filled[programme].values())} children")


def seed_of(manifest: Manifest) -> bytes:
    text = f"allocation-seed/1\n{manifest.draw['root']}\n{manifest.draw['value']}"
    return hashlib.sha256(text.encode()).digest()


class Tickets(dict[str, bytes]):
    """Property 6: the ticket of each lottery unit, derived when it is first needed; empty where the order has none."""

    def __init__(self, manifest: Manifest) -> None:
        super().__init__()
        self.drawn = bool(manifest.draw)
        if self.drawn:
            padded = seed_of(manifest).ljust(64, b"\0")
            self.inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in padded))
            self.outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in padded))
            self.inner.update(f"allocation-ticket/1\n{manifest.round}\n".encode())

    def derive(self, message: str) -> bytes:
        """The ticket for what its message says after the round (HMAC: RFC 2104)."""
        inside, outside = self.inner.copy(), self.outer.copy()
        inside.update(message.encode())
        outside.update(inside.digest())
        return outside.digest()

    def __missing__(self, unit: str) -> bytes:
        self[unit] = self.derive(unit) if self.drawn else b""
        return self[unit]


def priorities(problem: Problem) -> PriorityOf:
    """How a programme ranks a child: its keys there and its ticket in the order given, then its name."""
    children, tickets = problem.children, Tickets(problem.manifest)
    anew = tickets.drawn and problem.manifest.fields["ticket"] == "per-programme"

    def priority(name: str, programme: str) -> Priority:
        unit, groups, _, standing, choices, _ = children[name]
        before, after, _ = choices.get(programme, standing)
        return before, tickets.derive(f"{unit}\n{programme}") if anew else tickets[unit], after, name, groups

    return priority


def choice(problem: Problem, programme: str, asking: list[Priority]) -> dict[str, str]:
    """The choice rule: of those who ask, in priority order, who is taken, and on which seat."""
    capacity, reserves = problem.capacity[programme], problem.reserves[programme]
    taken: dict[str, str] = {}

    def take(number: int, seat: str, group: str = "") -> None:
        for _, _, _, name, groups in asking:
            if number <= 0:
                break
            if name not in taken and (not group or group in groups):
                taken[name] = seat
                number -= 1

    if problem.manifest.fields["reserves"] == "open-first":
        take(capacity - sum(number for _, number in reserves), "open")
    for group, number in reserves:
        take(number, f"reserve:{group}", group)
    take(capacity - len(taken), "open")
    return taken


def keep_first(first: dict[tuple[str, ...], Priority], mine: Priority) -> None:
    """Of the children with equal groups, the one that goes first."""
    groups = mine[-1]
    if groups not in first or mine < first[groups]:
        first[groups] = mine


def check_choice(problem: Problem, places: Places, priority: PriorityOf) -> None:
    """Property 7. Of the envious with equal groups only the first is heard: the rule refuses all after it as well."""
    holding: dict[str, list[Priority]] = {programme: [] for programme in problem.capacity}
    envious: dict[str, dict[tuple[str, ...], Priority]] = {programme: {} for programme in problem.capacity}
    for name, row in places.items():
        for programme in problem.list_of(name):
            mine = priority(name, programme)
            if programme == row.programme:
                holding[programme].append(mine)
                break
            keep_first(envious[programme], mine)
    for programme, holders in holding.items():
        taken = choice(problem, programme, sorted(chain(holders, envious[programme].values())))
        for name, seat in taken.items():
            if places[name].programme != programme:
                if len(holders) < problem.capacity[programme]:
                    raise Violation(7, f"a seat at {programme} is wasted: {name} would rather be there")
                loser = next(other for _, _, _, other, _ in sorted(holders) if other not in taken)
                raise Violation(7, f"{name} would rather be at {programme}, which takes it ({seat}) before {loser}")
        for _, _, _, name, _ in holders:
            if places[name].seat != taken[name]:
                raise Violation(7, f"{name} has seat {places[name].seat} at {programme}, the rule gives {taken[name]}")


def deferred_acceptance(problem: Problem, priority: PriorityOf) -> dict[str, str]:
    """The programme of each child that gets one, when children ask in the order of their lists, from the top.

    A child after one with equal groups whom the programme has refused is refused at once: the rule would do so.
    """
    heard = dict.fromkeys(problem.children, 0)  # how many programmes of its list each child has asked
    kept: dict[str, list[Priority]] = {programme: [] for programme in problem.capacity}
    refused: dict[str, dict[tuple[str, ...], Priority]] = {programme: {} for programme in problem.capacity}
    without = list(heard)
    while without:
        asked: dict[str, list[Priority]] = {}
        for name in without:
            for programme in islice(problem.list_of(name), heard[name], None):
                heard[name] += 1
                mine = priority(name, programme)
                if mine <= refused[programme].get(mine[-1], mine):
                    asked.setdefault(programme, []).append(mine)
                    break
        without = []
        for programme, new in asked.items():
            asking = sorted(chain(kept[programme], new))
            taken = choice(problem, programme, asking)
            kept[programme] = [mine for mine in asking if mine[3] in taken]
            for mine in [mine for mine in asking if mine[3] not in taken]:
                without.append(mine[3])
                keep_first(refused[programme], mine)
    return {name: programme for programme, holders in kept.items() for _, _, _, name, _ in holders}


def check_optimal(problem: Problem, places: Places, priority: PriorityOf) -> None:
    """Property 8."""
    best = deferred_acceptance(problem, priority)
    for name, row in places.items():
        if row.programme != best.get(name, ""):
            said = row.programme or "no place"
            raise Violation(8, f"deferred acceptance gives {name} {best.get(name, 'no place')}, not {said}")


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
            cells = [""] * (len(problem.manifest.keys) + 1)
            if full and holders:
                _, ticket, _, name, _ = max(holders)
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
    later = "parent" in problem.manifest.fields
    return [
        name
        for name, child in problem.children.items()
        if child.fallback or (later and len(child.choices) == 1 and name in places and places[name].programme)
    ]


def without_place(problem: Problem, places: Places) -> list[str]:
    """The children with a right to a place who have none."""
    return [name for name in with_right(problem, places) if name in places and not places[name].programme]


def most_places(problem: Problem, names: list[str], places: Places) -> tuple[list[str], list[str]]:
    """Give as many of these children as possible a place on their lists, starting from the places they have.

    A child without a place may take a full programme's seat if its holder can move on, and so forth (augmenting
    paths). Returns, sorted, those whom nothing helps, and all who would have to move for one of
    them: these fill every programme on their lists, and every set that lacks as many seats contains them.
    """
    at = {name: places[name].programme for name in names}
    holders: Holders = {programme: {} for programme in problem.capacity}
    for name in names:
        if at[name]:
            holders[at[name]][name] = None
    while move_along(problem, at, holders, moves_away(problem, holders)):
        pass
    return [name for name in names if not at[name]], sorted(would_move(problem, at, holders))


def moves_away(problem: Problem, holders: Holders) -> list[dict[str, None]]:
    """The programmes with a free seat, those from where one move leads to them, two moves, and so on to none."""
    waves = [{name: None for name, capacity in problem.capacity.items() if len(holders[name]) < capacity}]
    beyond = {}
    for programme in problem.capacity.keys() - waves[0]:
        here = [problem.children[name] for name in holders[programme]]
        fallbacks = {child.fallback for child in here}
        listed = (problem.fallbacks.get(fallback, ()) for fallback in fallbacks)
        beyond[programme] = set().union(*(child.choices for child in here), *listed)
    while waves[-1]:
        near = waves[-1]
        waves.append({name: None for name in problem.capacity if name in beyond and not beyond[name].isdisjoint(near)})
        for programme in waves[-1]:
            del beyond[programme]
    return waves


def move_along(problem: Problem, at: dict[str, str], holders: Holders, waves: list[dict[str, None]]) -> int:
    """Give places to as many as such moves allow, each to a programme one move nearer a free seat. Returns how many."""
    level = {programme: number for number, wave in enumerate(waves) for programme in wave}
    movers = {programme: iter(list(holders[programme])) for programme in level}
    free = sum(problem.capacity[programme] - len(holders[programme]) for programme in waves[0])
    made = 0
    for first in [name for name, programme in at.items() if not programme]:
        nearest = sorted(
            (programme for programme in problem.list_of(first) if programme in level), key=level.__getitem__
        )
        path = [(first, iter(nearest))]
        tried: list[str] = []
        while path and made < free:
            if len(tried) < len(path):
                programme = next(path[-1][1], "")
                if not programme:
                    path.pop()
                    continue
                tried.append(programme)
            if len(holders[tried[-1]]) < problem.capacity[tried[-1]]:
                for (name, _), programme in reversed(list(zip(path, tried))):  # noqa: B905 (Python 3.9)
                    holders.get(at[name], {}).pop(name, None)
                    holders[programme][name] = None
                    at[name] = programme
                made += 1
                break
            nearer = waves[level[tried[-1]] - 1]  # of a free seat's programme the last wave, which is empty
            mover = next(movers[tried[-1]], "") if nearer else ""
            if mover:
                path.append((mover, listed_in(problem, mover, nearer)))
            else:
                programme = tried.pop()
                waves[level[programme]].pop(programme, None)
    return made


def listed_in(problem: Problem, name: str, wave: dict[str, None]) -> Iterator[str]:
    """The programmes of a wave on a child's list."""
    child = problem.children[name]
    lists = (child.choices, problem.fallbacks.get(child.fallback, ()))
    return (
        programme for listed in lists if not wave.keys().isdisjoint(listed) for programme in listed if programme in wave
    )


def would_move(problem: Problem, at: dict[str, str], holders: Holders) -> list[str]:
    """Those without a place, the holders of seats on their lists, the holders of seats on the lists of these..."""
    found = [name for name, programme in at.items() if not programme]
    beyond = set(problem.capacity)
    asked: set[str] = set()  # fallbacks, each shared by many
    for name in found:  # it grows
        child = problem.children[name]
        fallback = () if child.fallback in asked else problem.fallbacks.get(child.fallback, ())
        asked.add(child.fallback)
        if fallback or not beyond.isdisjoint(child.choices):
            for programme in chain(child.choices, fallback):
                if programme in beyond:
                    beyond.remove(programme)
                    found += holders[programme]
    return found


def seats_for(problem: Problem, names: list[str]) -> dict[str, object]:
    """By plain sums: the programmes on the lists of these children, their seats, and how many are missing."""
    fallbacks = {problem.children[name].fallback for name in names}
    listed = {programme for name in names for programme in problem.children[name].choices}
    listed.update(programme for fallback in fallbacks for programme in problem.fallbacks.get(fallback, ()))
    seats = sum(problem.capacity[programme] for programme in listed)
    return {"missing": len(names) - seats, "programmes": sorted(listed), "seats": seats}


def check_deficit(problem: Problem, result: Result, places: Places) -> None:
    """Property 10."""
    unplaced = without_place(problem, places)
    if not unplaced and "deficit.json" in result.digests:
        raise Violation(10, "deficit.json is not called for: everybody with a right to a place has one")
    if not unplaced:
        return
    if "deficit.json" not in result.digests:
        raise Violation(10, f"{unplaced[0]} has a right to a place and none, and there is no deficit.json")
    entitled = with_right(problem, places)
    left_out, smallest = most_places(problem, entitled, places)
    claim = result.parsed["deficit.json"]
    kind = "seats" if left_out else "lists"
    if not isinstance(claim, dict) or claim.get("kind") != kind:
        count = len(entitled) - len(left_out)
        raise Violation(10, f"deficit.json is not of kind {kind}; {count} of {len(entitled)} could have a place")
    named = claim.get("applicants")
    if not isinstance(named, list) or not all(isinstance(name, str) for name in named):
        raise Violation(10, "the applicants of deficit.json are not a list of names")
    stranger = next(iter(sorted(set(named).difference(entitled))), None)
    if stranger is not None or named != sorted(set(named)):
        raise Violation(10, f"the applicants of deficit.json are not sorted, each once, or without right: {stranger!a}")
    wanted = {"applicants": named, "kind": kind, **(seats_for(problem, named) if left_out else {})}
    check_fields(10, "deficit.json", claim, wanted, tuple(wanted))
    if left_out and wanted["missing"] != len(left_out):
        raise Violation(10, f"{wanted['missing']} seats are missing to the children named, {len(left_out)} to others")
    rest = set(named).symmetric_difference(smallest if left_out else unplaced)
    if rest:
        why = "a smaller set lacks as many" if left_out else "the children named are not those without a place"
        raise Violation(10, f"deficit.json is wrong about {min(rest)}: {why}")


def check_terms(later: Problem, earlier: Problem) -> None:
    """Property 11, what the two passes have in common."""
    if later.manifest.fields["parent"] != earlier.digests["manifest.json"]:
        raise Violation(11, f"the parent's manifest has the digest {earlier.digests['manifest.json']}, not `parent`")
    for name in ("round", "suite", "order", "ticket", "reserves", "draw_name", "draw"):
        if later.manifest.fields.get(name) != earlier.manifest.fields.get(name):
            raise Violation(11, f"{name} of the manifest differs from the parent's")
    for name in ("reserves.csv", "fallbacks.csv"):
        if later.digests[name] != earlier.digests[name]:
            raise Violation(11, f"{name} differs from the parent's")
    for programme in chain(earlier.capacity, later.capacity):
        now, then = later.capacity.get(programme), earlier.capacity.get(programme)
        if now is None or then is None or now < then:
            raise Violation(11, f"{programme} has capacity {now}, and {then} in the parent")


def check_stayers(later: Problem, places: Places, earlier: Problem, before: Places) -> None:
    """Property 11, child by child."""
    for name, child in later.children.items():
        then = earlier.children.get(name)
        if then is None:
            raise Violation(11, f"{name} is not among the parent's applicants")
        held, now = before[name].programme, places[name].programme
        if child != then or list(child.choices) != list(then.choices):
            there = {held: then.choices.get(held, then.standing)}
            if child != then._replace(fallback="", standing=NO_KEYS, choices=there, ranks=(1,)):
                raise Violation(11, f"{name} stands neither as in the parent nor in its place there, held for good")
        order = list(earlier.list_of(name))
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


def check_later(later: Problem, places: Places, earlier: Problem, earlier_result: Result) -> None:
    """Property 11."""
    check_terms(later, earlier)
    try:
        before = check_result(earlier, earlier_result)
    except Violation as violation:
        raise Violation(11, f"the parent violates property {violation.number}: {violation}") from None
    check_stayers(later, places, earlier, before)


def summary(problem: Problem, result: Result, with_parent: bool) -> str:
    manifest, said = problem.manifest, statement(problem, result)
    later = "parent" in manifest.fields
    lines = [
        f"valid: round {manifest.round}, {'a later pass' if later else 'a first pass'}",
        f"root {manifest.fields['root']}",
        f"seed {seed_of(manifest).hex() if manifest.draw else 'none: the order has no ticket'}",
        f"digest {said['digest']}",
        *(f"{name} {said[name]}" for name in ("applicants", "placed", "unplaced", "seats")),
        f"deficit {'proved' if 'deficit.json' in result.parsed else 'none'}",
        *(f"checked {number} {PROPERTIES[number]}" for number in range(1, 12 if with_parent else 11)),
    ]
    if later and not with_parent:
        lines.append("not checked 11 later pass: this bundle has a parent, and none was given")
    return "\n".join(lines)


def verify(bundle: Path, result: Path | None = None, parent: Path | None = None) -> Report:
    """Check a bundle with its result, and against its parent where given, as the command does. Only reads."""
    try:
        problem = read_problem(bundle)
        outcome = read_result(result or bundle, problem)
        if parent and "parent" not in problem.manifest.fields:
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
        print("unreadable: arguments are BUNDLE [--result DIR] [--parent DIR]", file=sys.stderr)
        return 2
    gc.disable()  # a large round is millions of tuples and no cycle: looking for cycles would only take time
    report = verify(folders["BUNDLE"], folders.get("--result"), folders.get("--parent"))
    print(report.text, file=sys.stderr if report.exit_code == 2 else sys.stdout)
    return report.exit_code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
