"""A family's proof: it holds for its own rows under its own salt, and for nothing else."""

import hashlib
from dataclasses import replace

import pytest
from hypothesis import given, settings

from app.allocation.bundle import Bundle, parse_bundle
from app.allocation.families import FamilyProof, check_proof, family_proof, family_root, family_rows, family_tree
from tests.allocation.drafts import draft
from tests.allocation.instances import bundles, files_of


def salts_for(rows: dict[str, bytes]) -> dict[str, bytes]:
    return {name: hashlib.sha256(f"fictitious salt {name}".encode()).digest() for name in rows}


def rows_of(bundle: Bundle) -> dict[str, bytes]:
    return family_rows(bundle.tables, len(bundle.header.keys))


def test_the_rows_of_a_family_are_its_lines_of_both_files() -> None:
    assert rows_of(parse_bundle(draft().sealed())) == {
        "x": b"x,,,F,1,10\nx,1,A,1,10\nx,2,B,3,0\n",
        "y": b"y,twins,migrant;sibling:A,F,2,-5\n",
        "z": b"z,twins,,,,\nz,5,B,2,7\n",
    }


@settings(max_examples=40, deadline=None)
@given(bundles(applicants=9))
def test_the_rows_of_all_families_are_all_lines_of_both_files(bundle: Bundle) -> None:
    files = files_of(bundle)
    written = [line for name in ("applicants.csv", "choices.csv") for line in files[name].split(b"\n")[1:] if line]
    assert sorted(b"".join(rows_of(bundle).values()).split(b"\n")) == sorted([*written, b""])


def test_the_root_of_two_families_is_reckoned_by_hand() -> None:
    rows, salts = {"b": b"b,,,\n", "a": b"a,,,\n"}, {"a": b"\x01" * 32, "b": b"\x02" * 32}
    leaves = [
        hashlib.sha256(b"\x00allocation-family/1\n" + salt * 32 + b"\n" + row).digest()
        for salt, row in ((b"01", b"a,,,\n"), (b"02", b"b,,,\n"))
    ]
    assert family_root(rows, salts) == hashlib.sha256(b"\x01" + leaves[0] + leaves[1]).hexdigest()


def test_a_proof_holds_for_its_rows_salt_and_root_alone() -> None:
    rows = {f"a{number}": f"a{number},,,\n".encode() for number in range(7)}
    salts = salts_for(rows)
    tree = family_tree(rows, salts)
    assert tree.root == family_root(rows, salts)
    for name in rows:
        proof = family_proof(tree, name)
        assert check_proof(tree.root, rows[name], salts[name], proof)
        assert not check_proof(tree.root, rows[name] + b"x", salts[name], proof)
        assert not check_proof(tree.root, rows[name], bytes(32), proof)
        assert not check_proof(tree.root, rows[name], salts[name][:16], proof)
        assert not check_proof("no hex", rows[name], salts[name], proof)
        assert not check_proof("0" * 64, rows[name], salts[name], proof)
        assert not check_proof(tree.root, rows[name], salts[name], replace(proof, index=proof.index + 1))
        assert not check_proof(tree.root, rows[name], salts[name], replace(proof, path=("no hex", *proof.path[1:])))


def test_another_salt_or_row_of_one_child_changes_the_root() -> None:
    rows = {"a": b"a,,,\n", "b": b"b,,,\n"}
    salts = salts_for(rows)
    roots = {
        family_root(rows, salts),
        family_root(rows, salts | {"a": bytes(32)}),
        family_root(rows | {"b": b"b,,m,\n"}, salts),
    }
    assert len(roots) == 3


def test_nobody_has_no_proof() -> None:
    tree = family_tree({}, {})
    assert tree.root == hashlib.sha256(b"").hexdigest()
    assert not check_proof(tree.root, b"a,,,\n", bytes(32), FamilyProof(0, 0, ()))
    with pytest.raises(KeyError):
        family_proof(tree, "a")


@pytest.mark.parametrize(
    ("salts", "reason"),
    [
        ({"a": bytes(32)}, "same applicants"),
        ({"a": bytes(32), "c": bytes(31) + b"1"}, "same applicants"),
        ({"a": bytes(32), "b": bytes(32)}, "differ"),
        ({"a": bytes(32), "b": bytes(16)}, "must be 32 bytes"),
    ],
)
def test_salts_that_protect_nobody_are_refused(salts: dict[str, bytes], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        family_root({"a": b"a,,,\n", "b": b"b,,,\n"}, salts)
