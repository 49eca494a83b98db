"""`python -m app.allocation solve BUNDLE [--out DIR]` (section "Commands"), and `plan BUNDLE [--result DIR]`."""

import argparse
import gc
import sys
from collections.abc import Sequence
from pathlib import Path

from app.allocation.plan_command import planned
from app.allocation.solver import solve, write_result
from app.allocation.text import Refused


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code: 0 done and printed, 2 refused or not writable, with one line on standard error."""
    parser = argparse.ArgumentParser(prog="python -m app.allocation", description="Solve a frozen allocation bundle.")
    commands = parser.add_subparsers(dest="command", required=True)
    command = commands.add_parser("solve", help="write the result of a bundle and print its result.json")
    command.add_argument("bundle", type=Path, help="folder with the bundle")
    command.add_argument("--out", type=Path, help="folder for the result (default: the bundle's)")
    command.set_defaults(answer=_solve)
    command = commands.add_parser(
        "plan",
        help="print the fewest seats to add so that those who must have a place list enough, and who has none then",
    )
    command.add_argument("bundle", type=Path, help="folder with the bundle")
    command.add_argument("--result", type=Path, help="folder with its result (default: it is solved anew)")
    command.add_argument(
        "--most", action="append", default=[], metavar="PROGRAMME=SEATS", help="seats it can have at most"
    )
    command.set_defaults(answer=_plan)
    options = parser.parse_args(arguments)
    try:
        printed = options.answer(options)
    except Refused as refusal:
        print(refusal, file=sys.stderr)
        return 2
    except OSError as error:
        done = "written" if options.answer is _solve else "read"
        reason = f"{str(error.filename)!a}: {error.strerror}" if error.filename else error.strerror
        print(f"the result cannot be {done}: {reason}", file=sys.stderr)
        return 2
    print(printed.decode("ascii"), end="")
    return 0


def _solve(options: argparse.Namespace) -> bytes:
    return write_result(solve(options.bundle), options.out or options.bundle)


def _plan(options: argparse.Namespace) -> bytes:
    return planned(options.bundle, options.result, options.most)


if __name__ == "__main__":
    gc.disable()  # a large round is millions of tuples and no cycle: looking for cycles would only take time
    sys.exit(main())
