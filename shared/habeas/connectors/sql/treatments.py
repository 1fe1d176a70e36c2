"""What an erasure makes of one column's value where the row stays: null, a mask, a keyed hash, or less of it."""

import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Protocol

import sqlalchemy as sa

from habeas.sdk import Secret, plain

KEY = "{key}"
HASH_LENGTH = 64
_HASH = re.compile(r"[0-9a-f]{64}")


class Treatment(Protocol):
    """Makes the new value of a column from the old one and the row's key; None stays None."""

    @property
    def keeps_apart(self) -> bool:
        """Whether rows that differ in the column still differ after it."""

    def of(self, value: Any, key: str, secret: Secret | None) -> Any:
        """The value that stands in the row afterwards."""

    def is_done(self, value: Any, key: str) -> bool:
        """Whether a value could be one that this gave."""

    def misfit(self, kind: sa.types.TypeEngine[Any]) -> str:
        """Why a column of that type cannot take it; empty where it can."""


@dataclass(frozen=True)
class Constant:
    """The same for every row, but for `{key}` in a text, which becomes the row's key."""

    value: str | int | float | bool | None

    @property
    def keeps_apart(self) -> bool:
        return self.value is None or (isinstance(self.value, str) and KEY in self.value)

    def of(self, value: Any, key: str, secret: Secret | None) -> Any:
        return self.value.replace(KEY, key) if isinstance(self.value, str) else self.value

    def is_done(self, value: Any, key: str) -> bool:
        return same(value, self.of(value, key, None))

    def misfit(self, kind: sa.types.TypeEngine[Any]) -> str:
        return "" if self.value is None else misfit(self.value, kind)


@dataclass(frozen=True)
class Mask:
    """Keeps the last characters (`keep`), or those where `pattern` has a #, and puts * or the pattern's own elsewhere.

    A text that is not longer than what would be kept is masked whole.
    """

    keep: int = 0
    pattern: str | None = None
    keeps_apart = False

    def of(self, value: Any, key: str, secret: Secret | None) -> Any:
        if value is None:
            return None
        text = str(value)
        if self.pattern is not None:
            return "".join(
                text[at] if each == "#" and at < len(text) else ("*" if each == "#" else each)
                for at, each in enumerate(self.pattern)
            )
        kept = self.keep if len(text) > self.keep else 0
        return "*" * (len(text) - kept) + text[len(text) - kept :]

    def is_done(self, value: Any, key: str) -> bool:
        return same(value, self.of(value, key, None))

    def misfit(self, kind: sa.types.TypeEngine[Any]) -> str:
        if not _is_text(kind):
            return "holds no text, which alone can be masked"
        return misfit(self.pattern or "", kind)


@dataclass(frozen=True)
class Hash:
    """HMAC-SHA256 (hex) of the value under the system's key: the same value gives the same text, in every table."""

    keeps_apart = True

    def of(self, value: Any, key: str, secret: Secret | None) -> Any:
        if value is None:
            return None
        assert secret is not None  # the connector asks for it where a map hashes
        return hmac.digest(secret.reveal().encode(), str(plain(value)).encode("utf-8", "surrogatepass"), "sha256").hex()

    def is_done(self, value: Any, key: str) -> bool:
        return value is None or (isinstance(value, str) and _HASH.fullmatch(value) is not None)

    def misfit(self, kind: sa.types.TypeEngine[Any]) -> str:
        if not _is_text(kind):
            return "holds no text, so no hash"
        return misfit("0" * HASH_LENGTH, kind)


@dataclass(frozen=True)
class Coarsen:
    """Leaves the year of a date, the band of a number (its lower edge), and nothing of a text but a fixed one."""

    band: int = 10
    text: str = f"erased-{KEY}"
    keeps_apart = False

    def of(self, value: Any, key: str, secret: Secret | None) -> Any:
        if value is None:
            return None
        if isinstance(value, datetime):
            return value.replace(month=1, day=1, hour=0, minute=0, second=0, microsecond=0)
        if isinstance(value, date):
            return value.replace(month=1, day=1)
        if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
            return type(value)(value // self.band * self.band)
        return self.text.replace(KEY, key)

    def is_done(self, value: Any, key: str) -> bool:
        return same(value, self.of(value, key, None))

    def misfit(self, kind: sa.types.TypeEngine[Any]) -> str:
        if isinstance(kind, sa.Date | sa.DateTime):
            return ""
        if isinstance(kind, sa.Boolean):
            return "holds yes or no, of which less is nothing"
        if isinstance(kind, sa.Integer | sa.Numeric):
            return ""
        return misfit(self.text, kind) if _is_text(kind) else "is of a type of which less cannot be made"


@dataclass(frozen=True)
class Blanking:
    """What becomes of a row's columns where the row stays."""

    treatments: Mapping[str, Treatment]

    def of(self, values: Mapping[str, Any], key: str, secret: Secret | None) -> dict[str, Any]:
        """The new values, from the old ones of the same columns."""
        return {name: each.of(values[name], key, secret) for name, each in self.treatments.items()}

    def is_done(self, values: Mapping[str, Any], key: str) -> bool:
        """Whether a row holds what this gives."""
        return all(each.is_done(values[name], key) for name, each in self.treatments.items())

    def clears(self, name: str) -> bool:
        """Whether nothing of that column's value is left."""
        each = self.treatments.get(name)
        return isinstance(each, Constant) and each.value is None

    @property
    def marks(self) -> bool:
        """Whether a row blanked so can be told from a row that just happens to have empty fields."""
        return any(
            isinstance(each, Constant) and isinstance(each.value, str) and KEY in each.value
            for each in self.treatments.values()
        )

    @property
    def hashes(self) -> bool:
        return any(isinstance(each, Hash) for each in self.treatments.values())


def same(value: Any, expected: Any) -> bool:
    """Whether the database gives back what it was given: dates and decimals may come as text."""
    return bool(value == expected) or (value is not None and expected is not None and plain(value) == plain(expected))


def misfit(value: Any, kind: sa.types.TypeEngine[Any]) -> str:
    """Why a column of that type cannot hold a value (not null); empty where it can."""
    if isinstance(kind, sa.Enum):
        return "" if value in kind.enums else f"holds one of {', '.join(map(str, kind.enums))}"
    if isinstance(kind, sa.String):
        if not isinstance(value, str):
            return "holds text"
        fixed = len(value.replace(KEY, ""))
        return f"holds {kind.length} characters at most" if kind.length is not None and fixed > kind.length else ""
    if isinstance(kind, sa.Boolean):
        return "" if isinstance(value, bool) else "holds yes or no"
    if isinstance(kind, sa.Integer | sa.Numeric):
        # MySQL's BOOLEAN is a TINYINT(1)
        as_bool = isinstance(value, bool) and getattr(kind, "display_width", None) == 1
        return "" if as_bool or (isinstance(value, int | float) and not isinstance(value, bool)) else "holds numbers"
    return ""


def _is_text(kind: sa.types.TypeEngine[Any]) -> bool:
    return (isinstance(kind, sa.String) and not isinstance(kind, sa.Enum)) or isinstance(kind, sa.types.NullType)
