"""Sharing the replicates of a simulation out over processes; what runs in such a process takes and gives plain data."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from app.allocation.bundle import Bundle, parse_bundle
from app.allocation.manifest import MANIFEST, TABLES, read_manifest, root_of
from app.allocation.reading import read_tables
from app.allocation.simulation.changed import changed
from app.allocation.simulation.distances import View
from app.allocation.simulation.replicates import Simulation, simulate, simulation_of
from app.allocation.simulation.scenario import Scenario, scenario_of
from app.allocation.simulation.tally import Tally
from app.allocation.text import sha256
from app.bureau.compiled import proposing

CHUNK = 20
# The simulation made ready last, by its name: a process is given one chunk of it after the other.
_ready: dict[str, Simulation] = {}


@dataclass(frozen=True)
class Inputs:
    """Frozen: the bundle's files byte for byte, scenario as JSON ("" for none), by what to tell results apart, seed.

    `name` is the simulation's alone. `near`: (fallback, programme) → metres; the zone of a child is its fallback.
    """

    name: str
    files: Mapping[str, bytes]
    scenario: str
    seed: int
    towns: Mapping[str, str] = field(default_factory=dict)
    near: Mapping[tuple[str, str], int] = field(default_factory=dict)
    bands: tuple[int, ...] = ()


def chunks(draws: int) -> Iterator[tuple[int, int]]:
    """Numbers of replicates, from … up to and without …, a chunk at a time."""
    return ((start, min(start + CHUNK, draws)) for start in range(0, draws, CHUNK))


def replicated(inputs: Inputs, start: int, end: int) -> Tally:
    """The replicates from `start` up to and without `end`; raises Refused, Unstable."""
    if inputs.name not in _ready:
        _ready.clear()
        _ready[inputs.name] = prepared(inputs)
    return simulate(_ready[inputs.name], range(start, end), proposing())


def prepared(inputs: Inputs) -> Simulation:
    """The simulation, ready to be run; raises Refused."""
    bundle = parse_bundle(inputs.files)
    zones = {row.applicant: row.fallback for row in bundle.tables.applicants if row.fallback}
    view = View(inputs.towns, inputs.near, zones, inputs.bands)
    scenario = scenario_of(json.loads(inputs.scenario)) if inputs.scenario else None
    return simulation_of(bundle, scenario, view, inputs.seed)


def checked(files: Mapping[str, bytes], scenario: Scenario) -> None:
    """Refuse a scenario that does not fit the bundle, from the little of it that a scenario speaks of."""
    header = read_manifest(files[MANIFEST]).header
    told = ("programmes.csv", "reserves.csv")
    empty = {file: data if file in told else data[: data.find(b"\n") + 1] for file, data in files.items()}
    digests = {file: sha256(empty[file]) for file in TABLES}
    changed(Bundle(header, read_tables(empty, header.keys), root_of(header, digests), ""), scenario)
