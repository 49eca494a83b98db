"""Proofs to families: that their own rows, and no others, stood in the bundle before the draw.

One leaf per applicant over its own rows, in ascending order of applicants. A leaf is salted, so that whoever holds
the proof of one child cannot guess at the rows of its neighbours in the tree.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from app.allocation.merkle import Levels, inclusion_path, is_included, leaf_hash, levels_of
from app.allocation.tables import Tables, applicant_cells

SALT_BYTES = 32


@dataclass(frozen=True, slots=True)
class FamilyTree:
    """Who stands at which leaf, and the levels of the tree; made once and then asked for every proof."""

    index: Mapping[str, int]
    levels: Levels

    @property
    def root(self) -> str:
        """What the manifest holds as `families`: 64 lower-case hex digits."""
        return self.levels[-1][0].hex()


@dataclass(frozen=True, slots=True)
class FamilyProof:
    """Where a leaf stands in a tree of `size` leaves, and the hashes (hex) from it to the root, lowest first."""

    index: int
    size: int
    path: tuple[str, ...]


def family_rows(tables: Tables, keys: int) -> dict[str, bytes]:
    """Applicant → its line of applicants.csv and then its lines of choices.csv by rank, each ended by LF."""
    rows = {}
    for applicant, (start, end) in zip(tables.applicants, pairwise(tables.choices.first), strict=True):
        lines = [applicant_cells(applicant, keys), *tables.choices.cells(slice(start, end))]
        rows[applicant.applicant] = "".join(",".join(map(str, cells)) + "\n" for cells in lines).encode("ascii")
    return rows


def family_tree(rows: Mapping[str, bytes], salts: Mapping[str, bytes]) -> FamilyTree:
    """The tree over all applicants' rows, each with a salt of 32 random bytes of its own; raises ValueError."""
    if rows.keys() != salts.keys():
        raise ValueError("salts must name the same applicants as rows")
    if len(frozenset(salts.values())) != len(salts):
        raise ValueError("salts must differ from each other: draw each at random")
    applicants = sorted(rows)
    leaves = [_leaf(rows[applicant], salts[applicant]) for applicant in applicants]
    return FamilyTree({applicant: index for index, applicant in enumerate(applicants)}, levels_of(leaves))


def family_root(rows: Mapping[str, bytes], salts: Mapping[str, bytes]) -> str:
    """The root of the families' tree, for the manifest."""
    return family_tree(rows, salts).root


def family_proof(tree: FamilyTree, applicant: str) -> FamilyProof:
    """The proof for one applicant; raises KeyError for one who has no leaf."""
    index = tree.index[applicant]
    path = tuple(step.hex() for step in inclusion_path(tree.levels, index))
    return FamilyProof(index, len(tree.index), path)


def check_proof(root: str, rows: bytes, salt: bytes, proof: FamilyProof) -> bool:
    """Whether these rows, under this salt, are a leaf of the tree with this root."""
    try:
        expected, *path = map(bytes.fromhex, (root, *proof.path))
        leaf = _leaf(rows, salt)
    except ValueError:
        return False
    return is_included(expected, leaf, proof.index, proof.size, path)


def _leaf(rows: bytes, salt: bytes) -> bytes:
    if len(salt) != SALT_BYTES:
        raise ValueError(f"salt must be {SALT_BYTES} bytes")
    return leaf_hash(b"allocation-family/1\n" + salt.hex().encode("ascii") + b"\n" + rows)
