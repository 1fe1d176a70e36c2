"""What a guard is: one piece of code that refuses something, and the test that misses it."""

from dataclasses import dataclass

Row = tuple[tuple[int, ...], str, str, str]
"""Abuse cases, the piece, what stands there without it, the test."""


@dataclass(frozen=True)
class Guard:
    """One check in the code, the cases that it keeps out, and the test that proves it."""

    cases: tuple[int, ...]
    module: str
    piece: str
    without: str
    test: str

    @property
    def name(self) -> str:
        """Tell it apart in reports."""
        return f"{','.join(map(str, self.cases))} {self.module.rpartition('.')[2]}: {self.piece.strip()[:60]}"


def of(module: str, *rows: Row) -> tuple[Guard, ...]:
    """Make the guards of a module."""
    return tuple(Guard(cases, module, piece, without, test) for cases, piece, without, test in rows)
