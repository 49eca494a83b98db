"""A bundle: one allocation problem, read from a folder with every refusal of the format, or frozen into one.

All input and output of the solver is here.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from app.allocation.manifest import (
    MANIFEST,
    TABLES,
    TICKET,
    Draw,
    Header,
    Manifest,
    read_manifest,
    refuse,
    root_of,
    write_manifest,
)
from app.allocation.reading import read_tables
from app.allocation.tables import Tables, sorted_tables, write_tables
from app.allocation.text import Refused, sha256


@dataclass(frozen=True, slots=True)
class Bundle:
    """A checked allocation problem: `root` as published, `manifest` the SHA-256 of the manifest's file."""

    header: Header
    tables: Tables
    root: str
    manifest: str
    draw: Draw | None = None


def parse_bundle(files: Mapping[str, bytes]) -> Bundle:
    """The bundle in these six files (name to bytes), drawn or not; raises Refused (section "Input")."""
    manifest = read_manifest(files[MANIFEST])
    # Rows before digests: whoever broke a row learns its line, not only that the digest differs.
    tables = read_tables(files, manifest.header.keys)
    _check_digests(manifest, files)
    return Bundle(manifest.header, tables, manifest.root, sha256(files[MANIFEST]), manifest.draw)


def render_bundle(header: Header, tables: Tables, draw: Draw | None = None) -> dict[str, bytes]:
    """The six files of a bundle (name to bytes), rows sorted; raises Refused for what would not be read back."""
    rows = tables.programmes, tables.reserves, tables.applicants, tables.choices, tables.fallbacks
    tables = sorted_tables(*rows, len(header.keys))
    files = write_tables(tables, header.keys)
    digests = {file: sha256(data) for file, data in files.items()}
    files[MANIFEST] = write_manifest(header, digests, draw)
    parsed = parse_bundle(files)
    if (parsed.header, parsed.tables, parsed.draw) != (header, tables, draw):
        # A cell that holds a comma, a semicolon or an LF reads back as other rows.
        raise Refused(MANIFEST, 0, "what is written does not read back the same: a cell holds a separator")
    return files


def read_bundle(folder: Path) -> Bundle:
    """The bundle in a folder, drawn or not; raises Refused."""
    return parse_bundle(_read(folder))


def write_bundle(folder: Path, header: Header, tables: Tables, draw: Draw | None = None) -> str:
    """Freeze a bundle into a folder and return its root; the draw is given only in a later pass (its parent's).

    Raises Refused for whatever a reader would refuse, and where another bundle already stands in the folder.
    """
    files = render_bundle(header, tables, draw)
    manifest = folder / MANIFEST
    if manifest.exists() and manifest.read_bytes() != files[MANIFEST]:
        raise Refused(MANIFEST, 0, "another bundle stands in this folder: freeze into a new one")
    write_files(folder, {file: files[file] for file in (*TABLES, MANIFEST)})
    return read_manifest(files[MANIFEST]).root


def enter_draw(folder: Path, value: str) -> Draw:
    """Add the public draw's result to the frozen bundle of a first pass.

    Its tables are compared with their digests and not read again. Entering the same value again changes nothing;
    raises Refused for another one, and where no draw belongs.
    """
    files = _read(folder)
    data = files[MANIFEST]
    manifest = read_manifest(data)
    _check_digests(manifest, files)
    if TICKET not in manifest.header.order:
        refuse(data, "order", "order has no ticket: no draw belongs here")
    if manifest.header.parent is not None:
        refuse(data, "parent", "parent: a later pass carries its parent's draw")
    draw = Draw(manifest.root, value)
    if manifest.draw is not None and manifest.draw != draw:
        refuse(data, "draw", "draw: another result was entered before; it is never replaced")
    if manifest.draw is None:
        drawn = write_manifest(manifest.header, manifest.files, draw)
        read_manifest(drawn)
        write_files(folder, {MANIFEST: drawn})
    return draw


def _check_digests(manifest: Manifest, files: Mapping[str, bytes]) -> None:
    for file in TABLES:
        if sha256(files[file]) != manifest.files[file]:
            refuse(files[MANIFEST], "files", f"files: {file} does not have the SHA-256 given here")
    if root_of(manifest.header, manifest.files) != manifest.root:
        refuse(files[MANIFEST], "root", "root does not match what it binds")
    draw = manifest.draw
    if draw is not None and manifest.header.parent is None and draw.root != manifest.root:
        refuse(files[MANIFEST], "draw", "draw: root must be the root of this first pass")


def write_files(folder: Path, files: Mapping[str, bytes], stale: Iterable[str] = ()) -> None:
    """Remove the stale files, then write these in this order, each whole or not at all; raises OSError.

    The file given last vouches for the others: a writer that dies leaves none that vouches for half a set.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for file in stale:
        (folder / file).unlink(missing_ok=True)
    for file, data in files.items():
        partial = folder / f"{file}.partial"
        partial.write_bytes(data)
        partial.replace(folder / file)


def _read(folder: Path) -> dict[str, bytes]:
    files = {}
    for file in (MANIFEST, *TABLES):
        try:
            files[file] = (folder / file).read_bytes()
        except OSError as error:
            raise Refused(file, 0, f"cannot be read: {error.strerror}") from None
    return files
