"""The tree against the recursive definitions of RFC 9162, section 2.1, and the roots of its first test suite."""

import hashlib
from dataclasses import dataclass

import pytest

from app.allocation.merkle import inclusion_path, is_included, leaf_hash, levels_of

# The eight leaves and the roots over the first n of them, from the tests of certificate-transparency.
LEAVES = [
    b"",
    b"\x00",
    b"\x10",
    b"\x20\x21",
    b"\x30\x31",
    b"\x40\x41\x42\x43",
    b"\x50\x51\x52\x53\x54\x55\x56\x57",
    b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
]
ROOTS = {
    0: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
}


def sha(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def split(size: int) -> int:
    """The largest power of two smaller than the size."""
    return max(1 << power for power in range(size.bit_length()) if 1 << power < size)


def mth(entries: list[bytes]) -> bytes:
    if not entries:
        return sha(b"")
    if len(entries) == 1:
        return sha(b"\x00" + entries[0])
    k = split(len(entries))
    return sha(b"\x01" + mth(entries[:k]) + mth(entries[k:]))


def path(m: int, entries: list[bytes]) -> list[bytes]:
    if len(entries) == 1:
        return []
    k = split(len(entries))
    if m < k:
        return [*path(m, entries[:k]), mth(entries[k:])]
    return [*path(m - k, entries[k:]), mth(entries[:k])]


def entries_of(size: int) -> list[bytes]:
    return [str(number).encode() for number in range(size)]


@dataclass(frozen=True)
class Proof:
    root: bytes
    leaf: bytes
    index: int
    size: int
    path: tuple[bytes, ...]

    def holds(self) -> bool:
        return is_included(self.root, self.leaf, self.index, self.size, self.path)


def proof(index: int, size: int) -> Proof:
    levels = levels_of([leaf_hash(entry) for entry in entries_of(size)])
    leaf = leaf_hash(entries_of(size)[index])
    return Proof(levels[-1][0], leaf, index, size, inclusion_path(levels, index))


@pytest.mark.parametrize("size", ROOTS)
def test_known_roots_are_reached(size: int) -> None:
    assert levels_of([leaf_hash(leaf) for leaf in LEAVES[:size]])[-1] == (bytes.fromhex(ROOTS[size]),)


@pytest.mark.parametrize("size", range(36))
def test_root_and_every_path_follow_the_definitions(size: int) -> None:
    entries = entries_of(size)
    levels = levels_of([leaf_hash(entry) for entry in entries])
    assert levels[-1] == (mth(entries),)
    for index in range(size):
        assert list(inclusion_path(levels, index)) == path(index, entries)
        assert proof(index, size).holds()


@pytest.mark.parametrize("size", [1, 2, 3, 5, 8, 13])
def test_a_proof_holds_for_no_other_leaf_place_size_or_path(size: int) -> None:
    for index in range(size):
        made = proof(index, size)
        for other in range(-1, size + 2):
            assert is_included(made.root, made.leaf, other, size, made.path) == (other == index)
        for changed in (
            Proof(made.root, sha(made.leaf), index, size, made.path),
            Proof(sha(made.root), made.leaf, index, size, made.path),
            Proof(made.root, made.leaf, index, size, (*made.path, made.root)),
            Proof(made.root, made.leaf, index, 2 * size + 1, made.path),
            Proof(made.root, made.leaf, index, 0, made.path),
        ):
            assert not changed.holds()
        if made.path:
            assert not Proof(made.root, made.leaf, index, size, made.path[:-1]).holds()


@pytest.mark.parametrize("index", [-1, 3])
def test_there_is_no_path_to_a_leaf_that_is_not_there(index: int) -> None:
    with pytest.raises(IndexError, match="must be that of a leaf"):
        inclusion_path(levels_of([b"0", b"1", b"2"]), index)
