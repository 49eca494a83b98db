"""Simulating a bundle in a folder: processes, a line of progress, and a table of the differences."""

from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from app.allocation.canonical import read_object
from app.allocation.manifest import MANIFEST, TABLES, read_manifest
from app.allocation.simulation.scenario import scenario_of
from app.allocation.simulation.tally import Tally
from app.bureau.simulation_replicates import Inputs, checked, chunks, replicated
from app.bureau.simulation_results import document, rows_of

COLUMNS = ("指标 measure", "对象 of", "现状 as frozen", "方案 scenario", "差 difference", "95%", "一次抽签 one draw")


@dataclass(frozen=True)
class Asked:
    """What the command is given; `scenario`: a file with it as JSON."""

    bundle: Path
    scenario: Path | None
    draws: int
    processes: int
    seed: int


def simulate_folder(asked: Asked, console: Console) -> dict[str, Any]:
    """Run it, show the table, and answer the document. Nothing is written. Raises Refused, OSError."""
    files = {file: (asked.bundle / file).read_bytes() for file in (MANIFEST, *TABLES)}
    scenario = ""
    if asked.scenario is not None:
        written = asked.scenario.read_bytes()
        checked(files, scenario_of(read_object(str(asked.scenario), written)))
        scenario = written.decode("utf-8")
    inputs = Inputs(str(asked.bundle), files, scenario, asked.seed)
    tally = _in_processes(inputs, asked.draws, asked.processes, console)
    found = document(tally, read_manifest(files[MANIFEST]).root, asked.seed, scenario)
    _show(found, console)
    return found


def _in_processes(inputs: Inputs, draws: int, processes: int, console: Console) -> Tally:
    tally = Tally()
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with (
        ProcessPoolExecutor(processes, get_context("spawn")) as pool,
        Progress(*columns, console=console, transient=True) as progress,
    ):
        task = progress.add_task("抽签 draws", total=draws)
        parts = [pool.submit(replicated, inputs, start, end) for start, end in chunks(draws)]
        for part in as_completed(parts):
            done = part.result()
            tally.add(done)
            progress.advance(task, done.draws)
    return tally


def _show(found: dict[str, Any], console: Console) -> None:
    table = Table(*COLUMNS, title=f"{found['draws']} × {found['root'][:12]}…")
    for entry, row in zip(found["measures"], rows_of(found), strict=True):
        difference = entry.get("difference")
        if difference is None or difference["least"] or difference["most"] or difference["mean"] != "0.0000":
            table.add_row(*row)
    console.print(table)
