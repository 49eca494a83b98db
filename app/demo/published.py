"""What anybody can do with a published round: fetch its files and run the verifier on them, alone."""

import asyncio
import sys
import tempfile
from pathlib import Path
from uuid import UUID

from app.accounts.service import stranger
from app.database import Database
from app.rounds import public_files
from app.rounds.public_files import Source

VERIFIER = Path(__file__).parents[1] / "allocation" / "verify.py"


async def fetch(database: Database, bureau: str, round_id: UUID, folder: Path) -> list[Path]:
    """The published files of each pass, as a stranger sees them, each bundle with its result in a folder of its own."""
    passes: list[Path] = []
    async with database.transaction(stranger(bureau)) as session:
        for stored in await public_files.files_of_round(session, bureau, round_id):
            place = folder / str(stored.bundle)
            if stored.source is Source.BUNDLES and place not in passes:
                place.mkdir()
                passes.append(place)
            content = await public_files.file_of_round(
                session, bureau, round_id, stored.source, stored.number, stored.name
            )
            (place / stored.name).write_bytes(content)
    return passes


async def verified(database: Database, bureau: str, round_id: UUID) -> bool:
    """Whether the verifier accepts every published pass, later ones against the pass before."""
    with tempfile.TemporaryDirectory() as name:
        passes = await fetch(database, bureau, round_id, Path(name))
        parents = [None, *passes[:-1]]
        verdicts = [await _accepts(place, parent) for place, parent in zip(passes, parents, strict=True)]
    return bool(verdicts) and all(verdicts)


async def _accepts(place: Path, parent: Path | None) -> bool:
    beside = ("--parent", str(parent)) if parent else ()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-I", "-S", str(VERIFIER), str(place), *beside, stdout=asyncio.subprocess.DEVNULL
    )
    return await process.wait() == 0
