"""Two children on servers of their own, which the tests of supervision kill in every way.

python -m tests.bootstrap.house MAIN OTHER: Python code for either child; both have the state's path in their
command line, so that the tests find what is left of them.
"""

import sys

from bootstrap import console, servers
from bootstrap.places import state_directory
from bootstrap.supervise import Child, supervise


def child(name: str, code: str) -> Child:
    return Child(name, (sys.executable, "-c", code, state_directory()))


def main(main_code: str, other_code: str) -> int:
    console.catch_signals()
    with servers.persistent("house") as house:
        console.say(f"servers {' '.join(str(process.pid) for process in house.processes.values())}")
        return supervise(house, child("main", main_code), child("other", other_code))


if __name__ == "__main__":
    try:
        sys.exit(main(*sys.argv[1:]))
    except console.Interrupted as interrupted:
        sys.exit(128 + interrupted.number)
