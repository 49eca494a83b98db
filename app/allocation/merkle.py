"""The Merkle tree of RFC 9162, section 2.1, over SHA-256.

The tree is kept as levels, leaves first; a node without a neighbour rises unchanged. That is the tree of the RFC,
whose left half is the largest power of two smaller than the whole.
"""

import hashlib
from collections.abc import Sequence

Levels = tuple[tuple[bytes, ...], ...]


def leaf_hash(data: bytes) -> bytes:
    """SHA-256(0x00 || data)."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256(0x01 || left || right)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def levels_of(leaves: Sequence[bytes]) -> Levels:
    """All levels above these leaf hashes, from the leaves to the root; without leaves the root is SHA-256("")."""
    if not leaves:
        return ((hashlib.sha256(b"").digest(),),)
    levels = [tuple(leaves)]
    while len(levels[-1]) > 1:
        below = levels[-1]
        pairs = zip(below[::2], below[1::2], strict=False)
        alone = below[-1:] if len(below) % 2 else ()
        levels.append((*(node_hash(left, right) for left, right in pairs), *alone))
    return tuple(levels)


def inclusion_path(levels: Levels, index: int) -> tuple[bytes, ...]:
    """The hashes that lead from the leaf at this index to the root, lowest first (section 2.1.3.1)."""
    if not 0 <= index < len(levels[0]):
        raise IndexError("the index must be that of a leaf")
    path = []
    for level in levels[:-1]:
        neighbour = index ^ 1
        if neighbour < len(level):
            path.append(level[neighbour])
        index >>= 1
    return tuple(path)


def is_included(root: bytes, leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bool:
    """Whether the path proves this leaf hash at this index of a tree of this size (section 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    position, last, reckoned = index, size - 1, leaf
    for neighbour in path:
        if last == 0:
            return False
        if position % 2 or position == last:
            reckoned = node_hash(neighbour, reckoned)
            while position % 2 == 0 and position != 0:
                position, last = position >> 1, last >> 1
        else:
            reckoned = node_hash(reckoned, neighbour)
        position, last = position >> 1, last >> 1
    return last == 0 and reckoned == root
