"""A slow, literal reading of allocation-bundle/1 that writes the bundles with which the verifier is tested.

It shares no code with the verifier or the solver, and does everything in another way: minima instead of sorting, one
child at a time instead of rounds, all subsets instead of flows. It is meant for a dozen children.
"""

import csv
import hashlib
import hmac
import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

VECTORS = Path(__file__).parent / "vectors"
INPUT_FILES = ("applicants.csv", "choices.csv", "fallbacks.csv", "programmes.csv", "reserves.csv")
OUTPUT_FILES = ("placements.csv", "cutoffs.csv", "deficit.json", "result.json")
HEADERS = {
    "applicants.csv": ["applicant", "lottery_unit", "groups", "fallback"],
    "choices.csv": ["applicant", "rank", "programme"],
    "fallbacks.csv": ["fallback", "rank", "programme"],
    "programmes.csv": ["programme", "capacity"],
    "reserves.csv": ["programme", "precedence", "group", "seats"],
}
Table = list[list[str]]


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def canonical(value: object) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def read_table(path: Path) -> Table:
    """The rows below the header."""
    with path.open(newline="", encoding="ascii") as file:
        return list(csv.reader(file))[1:]


def write_table(path: Path, header: list[str], rows: Table) -> None:
    path.write_bytes("".join(",".join(row) + "\n" for row in [header, *rows]).encode())


def change_rows(path: Path, rows: Table) -> None:
    """Other rows under the same header."""
    write_table(path, path.read_text().split("\n")[0].split(","), rows)


def read_manifest(folder: Path) -> dict[str, Any]:
    manifest: dict[str, Any] = json.loads((folder / "manifest.json").read_bytes())
    return manifest


def write_manifest(folder: Path, manifest: dict[str, Any]) -> None:
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n")


def seal_input(folder: Path, manifest: dict[str, Any] | None = None) -> None:
    """Digests and root made anew, and in a first pass the root for which the draw was made."""
    manifest = manifest or read_manifest(folder)
    manifest["files"] = {name: sha256((folder / name).read_bytes()) for name in INPUT_FILES}
    fixed = {name: value for name, value in manifest.items() if name not in ("root", "draw")}
    manifest["root"] = sha256(canonical(fixed).encode())
    if "draw" in manifest and "parent" not in manifest:
        manifest["draw"] = {"root": manifest["root"], "value": manifest["draw"]["value"]}
    write_manifest(folder, manifest)


def seal_output(folder: Path, **fields: object) -> None:
    """result.json made anew, with true digests and counts but for the fields given."""
    rows = read_table(folder / "placements.csv")
    applicants = len(read_table(folder / "applicants.csv"))
    placed = len([row for row in rows if row[1]])
    others = [name for name in ("cutoffs.csv", "deficit.json") if (folder / name).exists()]
    statement: dict[str, object] = {
        "format": "allocation-result/1",
        "round": read_manifest(folder)["round"],
        "manifest": sha256((folder / "manifest.json").read_bytes()),
        "digest": sha256((folder / "placements.csv").read_bytes()),
        "files": {name: sha256((folder / name).read_bytes()) for name in others},
        "applicants": applicants,
        "placed": placed,
        "unplaced": applicants - placed,
        "seats": sum(int(capacity) for _, capacity in read_table(folder / "programmes.csv")),
    }
    (folder / "result.json").write_text(canonical({**statement, **fields}) + "\n")


def write_bundle(folder: Path, manifest: dict[str, Any], tables: dict[str, Table]) -> None:
    """A sealed first pass from its rows; `manifest` gives round, order, ticket, reserves, and a draw's value."""
    folder.mkdir(parents=True, exist_ok=True)
    keys = [entry[:-1] for entry in manifest["order"] if entry != "ticket"]
    for name, header in HEADERS.items():
        with_keys = header + keys if name in ("applicants.csv", "choices.csv") else header
        write_table(folder / name, with_keys, tables[name])
    fields = {"format": "allocation-bundle/1", "suite": "sha256", **manifest}
    value = fields.pop("draw", "")
    if "ticket" in manifest["order"]:
        fields |= {"draw_name": "fictitious draw", "draw": {"root": "", "value": value}}
    seal_input(folder, fields)


@dataclass
class Reading:
    """What the rows of a bundle mean."""

    manifest: dict[str, Any]
    capacity: dict[str, int]
    reserves: dict[str, list[tuple[str, int]]]
    groups: dict[str, list[str]]
    fallback: dict[str, str]
    lists: dict[str, list[str]]
    unit: dict[str, str]
    cells: dict[tuple[str, str], list[str]]
    choices: dict[str, int]

    def priority(self, name: str, programme: str) -> tuple[object, ...]:
        cells = iter(self.cells[name, programme])
        parts: list[object] = []
        for entry in self.manifest["order"]:
            if entry == "ticket":
                parts.append(self.ticket(name, programme))
            else:
                parts.append(int(next(cells)) * (-1 if entry.endswith(">") else 1))
        return (*parts, name.encode())

    def ticket(self, name: str, programme: str) -> bytes:
        draw = self.manifest["draw"]
        seed = hashlib.sha256("\n".join(["allocation-seed/1", draw["root"], draw["value"]]).encode()).digest()
        lines = ["allocation-ticket/1", self.manifest["round"], self.unit[name]]
        if self.manifest["ticket"] == "per-programme":
            lines.append(programme)
        return hmac.new(seed, "\n".join(lines).encode(), "sha256").digest()

    def choose(self, programme: str, asking: list[str]) -> dict[str, str]:
        """Seat by seat, the best of those who may have it."""
        reserved = [(f"reserve:{group}", group) for group, seats in self.reserves[programme] for _ in range(seats)]
        free = self.capacity[programme] - len(reserved)
        steps = [("open", "")] * free + reserved if self.manifest["reserves"] == "open-first" else reserved
        seats: dict[str, str] = {}
        for seat, group in steps + [("open", "")] * self.capacity[programme]:
            able = [n for n in asking if n not in seats and (not group or group in self.groups[n])]
            if able and len(seats) < self.capacity[programme]:
                seats[min(able, key=lambda name: self.priority(name, programme))] = seat
        return seats

    def entitled(self, at: dict[str, str]) -> list[str]:
        later = "parent" in self.manifest
        alone = [name for name in at if at[name] and self.choices.get(name) == 1 and not self.fallback[name]]
        return sorted({name for name in at if self.fallback[name]} | set(alone if later else []))

    def missing(self, children: tuple[str, ...]) -> tuple[list[str], int]:
        programmes = sorted({programme for name in children for programme in self.lists[name]})
        return programmes, sum(self.capacity[programme] for programme in programmes)


def read_bundle(folder: Path) -> Reading:
    capacity = {programme: int(seats) for programme, seats in read_table(folder / "programmes.csv")}
    reserves: dict[str, list[tuple[str, int]]] = {programme: [] for programme in capacity}
    for programme, _, group, seats in sorted(read_table(folder / "reserves.csv"), key=lambda row: int(row[1])):
        reserves[programme].append((group, int(seats)))
    fallbacks: dict[str, list[str]] = {"": []}
    for fallback, _, programme in sorted(read_table(folder / "fallbacks.csv"), key=lambda row: int(row[1])):
        fallbacks.setdefault(fallback, []).append(programme)
    applicants = {row[0]: row for row in read_table(folder / "applicants.csv")}
    lists: dict[str, list[str]] = {name: [] for name in sorted(applicants)}
    cells: dict[tuple[str, str], list[str]] = {}
    for name, _, programme, *keys in sorted(read_table(folder / "choices.csv"), key=lambda row: int(row[1])):
        lists[name].append(programme)
        cells[name, programme] = keys
    choices = {name: len(listed) for name, listed in lists.items()}
    for name, listed in lists.items():
        for programme in fallbacks[applicants[name][3]]:
            if programme not in listed:
                listed.append(programme)
                cells[name, programme] = applicants[name][4:]
    return Reading(
        read_manifest(folder),
        dict(sorted(capacity.items())),
        reserves,
        {name: row[2].split(";") for name, row in applicants.items()},
        {name: row[3] for name, row in applicants.items()},
        lists,
        {name: row[1] or name for name, row in applicants.items()},
        cells,
        choices,
    )


def place(reading: Reading) -> dict[str, str]:
    """Deferred acceptance, one child at a time; empty for a child without a place."""
    at = dict.fromkeys(reading.lists, "")
    asked = dict.fromkeys(reading.lists, 0)
    waiting = list(reading.lists)
    while waiting:
        name = waiting.pop()
        if asked[name] == len(reading.lists[name]):
            continue
        programme = reading.lists[name][asked[name]]
        asked[name] += 1
        holders = [other for other in at if at[other] == programme]
        taken = reading.choose(programme, [*holders, name])
        at[name] = programme
        for other in [*holders, name]:
            if other not in taken:
                at[other] = ""
                waiting.append(other)
    return at


def write_result(folder: Path, at: dict[str, str]) -> None:
    """The output for these places, whether they are right or not, with seats, cut-offs and deficit that fit them."""
    reading = read_bundle(folder)
    seats: dict[str, str] = {}
    cutoffs: Table = []
    keys = [entry[:-1] for entry in reading.manifest["order"] if entry != "ticket"]
    for programme, capacity in reading.capacity.items():
        holders = [name for name in at if at[name] == programme]
        taken = reading.choose(programme, holders)
        seats.update(taken)
        for seat in ["open"] + [f"reserve:{group}" for group, _ in reading.reserves[programme]]:
            here = [name for name in holders if taken.get(name) == seat]
            cells = [""] * (len(keys) + 1)
            if here and len(holders) == capacity:
                last = max(here, key=lambda name: reading.priority(name, programme))
                ticket = reading.ticket(last, programme).hex() if "draw" in reading.manifest else ""
                cells = [*reading.cells[last, programme], ticket]
            cutoffs.append([programme, seat, str(len(here)), *cells])
    rows = [
        [name, at[name], str(1 + reading.lists[name].index(at[name])), seats.get(name, "open")]
        if at[name]
        else [name, "", "", ""]
        for name in sorted(at)
    ]
    write_table(folder / "placements.csv", ["applicant", "programme", "rank", "seat"], rows)
    write_table(folder / "cutoffs.csv", ["programme", "seat", "filled", *keys, "ticket"], cutoffs)
    (folder / "deficit.json").unlink(missing_ok=True)
    deficit = deficit_of(reading, at)
    if deficit:
        (folder / "deficit.json").write_text(canonical(deficit) + "\n")
    seal_output(folder)


def subsets(names: list[str]) -> Iterator[tuple[str, ...]]:
    for size in range(len(names) + 1):
        yield from itertools.combinations(names, size)


def deficit_of(reading: Reading, at: dict[str, str]) -> dict[str, object] | None:
    entitled = reading.entitled(at)
    unplaced = [name for name in entitled if not at[name]]
    if not unplaced:
        return None
    most, _, named = max((len(some) - reading.missing(some)[1], -len(some), some) for some in subsets(entitled))
    if most <= 0:
        return {"applicants": unplaced, "kind": "lists"}
    return claim_seats(reading, named)


def claim_seats(reading: Reading, named: tuple[str, ...]) -> dict[str, object]:
    programmes, seats = reading.missing(named)
    missing = len(named) - seats
    return {"applicants": list(named), "kind": "seats", "missing": missing, "programmes": programmes, "seats": seats}


def solve(folder: Path) -> None:
    seal_input(folder)
    write_result(folder, place(read_bundle(folder)))
