"""The Merkle tree of RFC 6962 and RFC 9162: growing, proving and checking, without any storage.

Leaves are numbered from 0. A node (level, index) is the root over the 2**level leaves that begin at index * 2**level;
level 0 are the leaf hashes. Only complete nodes are ever looked up, so a node once known never changes.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

EMPTY_ROOT = hashlib.sha256(b"").digest()
Position = tuple[int, int]
Hashes = Callable[[int, int], bytes]
"""Looks up the hash of the complete node (level, index)."""


def hash_leaf(data: bytes) -> bytes:
    """Hash what a leaf holds (RFC 9162 section 2.1.1)."""
    return hashlib.sha256(b"\x00" + data).digest()


def hash_pair(left: bytes, right: bytes) -> bytes:
    """Hash two neighbours into their parent."""
    return hashlib.sha256(b"\x01" + left + right).digest()


@dataclass
class Frontier:
    """The right edge of a tree: the roots of its complete parts, which is all that growing needs (a compact range)."""

    size: int = 0
    peaks: list[tuple[int, bytes]] = field(default_factory=list)
    """(level, hash) of the complete parts, left to right, levels falling."""

    def append(self, leaf_hash: bytes) -> list[tuple[Position, bytes]]:
        """Add a leaf and return the inner nodes that it completed."""
        level, index, made = 0, self.size, []
        while self.peaks and self.peaks[-1][0] == level:
            leaf_hash = hash_pair(self.peaks.pop()[1], leaf_hash)
            level, index = level + 1, index >> 1
            made.append(((level, index), leaf_hash))
        self.peaks.append((level, leaf_hash))
        self.size += 1
        return made

    def root(self) -> bytes:
        """Give the root of the tree as it is now."""
        if not self.peaks:
            return EMPTY_ROOT
        root = self.peaks[-1][1]
        for _, peak in reversed(self.peaks[:-1]):
            root = hash_pair(peak, root)
        return root


def find_peaks(size: int) -> list[Position]:
    """Name the complete parts of a tree of this size, left to right."""
    peaks, begin = [], 0
    for level in range(size.bit_length() - 1, -1, -1):
        if size >> level & 1:
            peaks.append((level, begin >> level))
            begin += 1 << level
    return peaks


def read_frontier(size: int, hashes: Hashes) -> Frontier:
    """Take up a tree of this size again from its stored nodes."""
    return Frontier(size, [(level, hashes(level, index)) for level, index in find_peaks(size)])


def prove_inclusion(index: int, size: int, hashes: Hashes) -> list[bytes]:
    """Give the path from leaf `index` to the root of the first `size` leaves (RFC 9162 section 2.1.3.1)."""
    if not 0 <= index < size:
        raise ValueError("that leaf is not in a tree of this size")
    begin, end, path = 0, size, []
    while end - begin > 1:
        middle = begin + _split(end - begin)
        if index < middle:
            path.append(_hash_range(middle, end, hashes))
            end = middle
        else:
            path.append(_hash_range(begin, middle, hashes))
            begin = middle
    return path[::-1]


def prove_consistency(old: int, new: int, hashes: Hashes) -> list[bytes]:
    """Give the proof that the first `old` leaves are unchanged among the first `new` (RFC 9162 section 2.1.4.1)."""
    if not 0 < old <= new:
        raise ValueError("the old tree has to be no larger than the new one, and not empty")
    begin, end, whole, path = 0, new, True, []
    while end != old:
        middle = begin + _split(end - begin)
        if old <= middle:
            path.append(_hash_range(middle, end, hashes))
            end = middle
        else:
            path.append(_hash_range(begin, middle, hashes))
            begin, whole = middle, False
    if not whole:
        path.append(_hash_range(begin, end, hashes))
    return path[::-1]


def includes(leaf_hash: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Say whether the path proves the leaf's place under the root (RFC 9162 section 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    here, last, found = index, size - 1, leaf_hash
    for other in path:
        if last == 0:
            return False
        if here & 1 or here == last:
            found = hash_pair(other, found)
            while here and not here & 1:
                here, last = here >> 1, last >> 1
        else:
            found = hash_pair(found, other)
        here, last = here >> 1, last >> 1
    return last == 0 and found == root


def extends(old: int, new: int, path: Sequence[bytes], old_root: bytes, new_root: bytes) -> bool:
    """Say whether the path proves that the new tree only added to the old one (RFC 9162 section 2.1.4.2)."""
    if old == new:
        return not path and old_root == new_root
    if not 0 < old < new:
        return False
    steps = [old_root, *path] if old & (old - 1) == 0 else list(path)
    if not steps:
        return False
    here, last = old - 1, new - 1
    while here & 1:
        here, last = here >> 1, last >> 1
    found_old = found_new = steps[0]
    for other in steps[1:]:
        if last == 0:
            return False
        if here & 1 or here == last:
            found_old, found_new = hash_pair(other, found_old), hash_pair(other, found_new)
            while here and not here & 1:
                here, last = here >> 1, last >> 1
        else:
            found_new = hash_pair(found_new, other)
        here, last = here >> 1, last >> 1
    return last == 0 and found_old == old_root and found_new == new_root


def _split(width: int) -> int:
    return 1 << (width - 1).bit_length() - 1


def _hash_range(begin: int, end: int, hashes: Hashes) -> bytes:
    width = end - begin
    if width & (width - 1) == 0 and begin % width == 0:
        return hashes(width.bit_length() - 1, begin // width)
    middle = begin + _split(width)
    return hash_pair(_hash_range(begin, middle, hashes), _hash_range(middle, end, hashes))
