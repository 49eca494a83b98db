"""The draws that a simulation makes up.

A simulated draw is of a root of its own, made from the bundle's root, the simulation's seed and the replicate's number
under a label that no bundle's root is made with. Tickets come from a draw's root and its value (`lottery`), so that
none of these draws can be the real one, whatever numbers fall in it, nor foretell who gains by which numbers: a public
draw may have as few as a thousand outcomes, and whoever may try them all before it knows every result in advance.
"""

from app.allocation.manifest import Draw
from app.allocation.text import sha256

LABEL = "allocation-simulation/1"


def simulated_draw(root: str, seed: int, number: int) -> Draw:
    """The draw of one replicate: by root of the bundle, seed of the simulation and number."""
    return Draw(sha256(f"{LABEL}\n{root}\n{seed}\n{number}".encode()), str(number))
