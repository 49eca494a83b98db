"""Solving and verifying a bundle: work for a process of its own. Takes and gives bytes; imports the core alone."""

import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import app.allocation
from app.allocation.bundle import parse_bundle, write_files
from app.allocation.result import render_result
from app.allocation.solver import solve

VERIFIER = Path(app.allocation.__file__).with_name("verify.py")
LONGEST = 4000


@dataclass(frozen=True)
class Verdict:
    """What the independent verifier said: exit code 0 for valid, and its words."""

    exit_code: int
    words: str

    @property
    def accepted(self) -> bool:
        return self.exit_code == 0


def solved(bundle: Mapping[str, bytes]) -> dict[str, bytes]:
    """The result's files of a drawn bundle (name to bytes); raises Refused."""
    return render_result(solve(parse_bundle(bundle)))


def verified(
    bundle: Mapping[str, bytes], result: Mapping[str, bytes], parent: Mapping[str, bytes] | None = None
) -> Verdict:
    """The verdict of verify.py on these very bytes, run as anybody would run it, isolated from this program.

    `parent`: input and output of the pass before, for a later pass.
    """
    with tempfile.TemporaryDirectory(prefix="tongjiao-verify-") as name:
        folder = Path(name)
        write_files(folder / "bundle", bundle)
        write_files(folder / "result", result)
        command = [sys.executable, "-I", "-S", str(VERIFIER), str(folder / "bundle")]
        command += ["--result", str(folder / "result")]
        if parent is not None:
            write_files(folder / "parent", parent)
            command += ["--parent", str(folder / "parent")]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)
        return Verdict(done.returncode, (done.stdout + done.stderr).replace(name, "")[:LONGEST])
