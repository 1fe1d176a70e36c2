"""The tree gives the published roots and proofs, and no forged proof passes."""

import hashlib
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from habeas.ledger.tree import (
    EMPTY_ROOT,
    Frontier,
    Hashes,
    extends,
    find_peaks,
    hash_leaf,
    hash_pair,
    includes,
    prove_consistency,
    prove_inclusion,
    read_frontier,
)

# The test vectors of the Certificate Transparency reference implementation (merkle_tree_test.cc).
LEAVES = [bytes.fromhex(each) for each in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657")]
LEAVES += [bytes.fromhex("606162636465666768696a6b6c6d6e6f")]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
H0_1 = "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e"
H4_5 = "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a"
H4 = "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"
H6_7 = "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0"
H4_7 = "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"
INCLUSIONS = [
    (0, 1, []),
    (0, 8, ["96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7", H0_1, H4_7]),
    (5, 8, [H4, H6_7, ROOTS[4]]),
    (2, 3, [ROOTS[2]]),
    (1, 5, [ROOTS[1], H0_1, H4]),
]
CONSISTENCIES = [
    (1, 1, []),
    (1, 8, ["96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7", H0_1, H4_7]),
    (6, 8, [H4_5, H6_7, ROOTS[4]]),
    (2, 5, [H0_1, H4]),
]


def hex_all(hashes: list[bytes]) -> list[str]:
    return [each.hex() for each in hashes]


def plant(leaves: list[bytes]) -> tuple[Frontier, Hashes]:
    """Grow a tree and keep all its nodes."""
    frontier, nodes = Frontier(), {}
    for index, leaf in enumerate(leaves):
        nodes[0, index] = hash_leaf(leaf)
        nodes.update(frontier.append(nodes[0, index]))
    return frontier, lambda level, index: nodes[level, index]


def root_by_definition(leaves: list[bytes]) -> bytes:
    """The root as RFC 9162 section 2.1.1 defines it."""
    if not leaves:
        return hashlib.sha256().digest()
    if len(leaves) == 1:
        return hash_leaf(leaves[0])
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return hash_pair(root_by_definition(leaves[:split]), root_by_definition(leaves[split:]))


@pytest.mark.parametrize("size", range(9))
def test_the_published_roots_come_out(size: int) -> None:
    frontier, hashes = plant(LEAVES[:size])
    assert frontier.root().hex() == ROOTS[size]
    assert read_frontier(size, hashes) == frontier


@pytest.mark.parametrize(("index", "size", "path"), INCLUSIONS)
def test_the_published_inclusion_proofs_come_out(index: int, size: int, path: list[str]) -> None:
    _, hashes = plant(LEAVES[:size])
    assert hex_all(prove_inclusion(index, size, hashes)) == path
    proof = [bytes.fromhex(each) for each in path]
    assert includes(hash_leaf(LEAVES[index]), index, size, proof, bytes.fromhex(ROOTS[size]))


@pytest.mark.parametrize(("old", "new", "path"), CONSISTENCIES)
def test_the_published_consistency_proofs_come_out(old: int, new: int, path: list[str]) -> None:
    _, hashes = plant(LEAVES[:new])
    assert hex_all(prove_consistency(old, new, hashes)) == path
    proof = [bytes.fromhex(each) for each in path]
    assert extends(old, new, proof, bytes.fromhex(ROOTS[old]), bytes.fromhex(ROOTS[new]))


def test_every_proof_of_every_small_tree_holds() -> None:
    leaves = [bytes([n]) for n in range(40)]
    roots = [root_by_definition(leaves[:size]) for size in range(41)]
    _, hashes = plant(leaves)
    for size in range(1, 41):
        assert plant(leaves[:size])[0].root() == roots[size]
        for index in range(size):
            path = prove_inclusion(index, size, hashes)
            assert includes(hash_leaf(leaves[index]), index, size, path, roots[size])
        for old in range(1, size + 1):
            path = prove_consistency(old, size, hashes)
            assert extends(old, size, path, roots[old], roots[size])


def test_ten_thousand_forged_inclusion_proofs_are_refused() -> None:
    chance = random.Random(6962)
    leaves = [n.to_bytes(4, "big") for n in range(1000)]
    frontier, hashes = plant(leaves)
    root, refused = frontier.root(), 0
    for _ in range(10_000):
        index = chance.randrange(1000)
        leaf, place, size = hash_leaf(leaves[index]), index, 1000
        path = prove_inclusion(index, size, hashes)
        match chance.randrange(6):
            case 0:
                leaf = hash_leaf(leaves[(index + chance.randrange(1, 999)) % 1000])
            case 1:
                place = (index + chance.randrange(1, 999)) % 1000
            case 2:
                at = chance.randrange(len(path))
                flipped = path[at][0] ^ 1 << chance.randrange(8)
                path[at] = bytes([flipped]) + path[at][1:]
            case 3:
                del path[chance.randrange(len(path))]
            case 4:
                path.insert(chance.randrange(len(path) + 1), chance.randbytes(32))
            case 5:
                size = chance.choice([index, 500, 2048, 999 if index == 999 else index + 1 if index < 900 else 4000])
        refused += not includes(leaf, place, size, path, root)
    assert refused == 10_000


def test_a_tree_that_changed_an_old_leaf_does_not_extend_the_old_one() -> None:
    leaves = [bytes([n]) for n in range(30)]
    for old in range(1, 30):
        other = list(leaves)
        other[old - 1] = b"changed"
        frontier, hashes = plant(other)
        path = prove_consistency(old, 30, hashes)
        assert not extends(old, 30, path, root_by_definition(leaves[:old]), frontier.root())


@given(st.integers(1, 200), st.data())
@settings(max_examples=60, deadline=None)
def test_no_single_change_to_a_consistency_proof_passes(new: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(1, new))
    leaves = [n.to_bytes(2, "big") for n in range(new)]
    frontier, hashes = plant(leaves)
    path, roots = prove_consistency(old, new, hashes), (root_by_definition(leaves[:old]), frontier.root())
    assert extends(old, new, path, *roots)
    assert not extends(old, new, [*path, bytes(32)], *roots)
    if path:
        at = data.draw(st.integers(0, len(path) - 1))
        assert not extends(old, new, path[:at] + path[at + 1 :], *roots)
        assert not extends(old, new, [*path[:at], bytes(32), *path[at + 1 :]], *roots)
    assert not extends(old, new, path, bytes(32), roots[1])
    assert not extends(old, new, path, roots[0], bytes(32))


def test_proofs_that_cannot_be_are_not_asked_for() -> None:
    _, hashes = plant(LEAVES)
    for index, size in ((8, 8), (-1, 8), (0, 0)):
        with pytest.raises(ValueError, match="not in a tree"):
            prove_inclusion(index, size, hashes)
        assert not includes(hash_leaf(b""), index, size, [], EMPTY_ROOT)
    for old, new in ((0, 8), (9, 8)):
        with pytest.raises(ValueError, match="old tree"):
            prove_consistency(old, new, hashes)
        assert not extends(old, new, [], EMPTY_ROOT, EMPTY_ROOT)
    assert not extends(3, 8, [], bytes(32), bytes(32))


def test_growing_touches_each_node_once() -> None:
    frontier, made = Frontier(), 0
    for n in range(10_000):
        made += len(frontier.append(hash_leaf(n.to_bytes(4, "big"))))
    assert made == 10_000 - len(find_peaks(10_000))
