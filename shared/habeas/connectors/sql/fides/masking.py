"""What a Fides masking strategy becomes: a value that says nothing of the person any more."""

from dataclasses import dataclass
from typing import Any

from habeas.connectors.sql.fides.datasets import Column
from habeas.connectors.sql.treatments import HASH_LENGTH

#: What a column without a strategy of its own becomes; a policy's rule says it in Fides, and no dataset does.
POLICIES = ("null_rewrite", "string_rewrite", "delete")
ERASED = "erased"
MARKED = "erased-{key}"
_HASHED = ("hash", "hmac")
_MADE_UP = ("aes_encrypt", "random_string_rewrite")


@dataclass(frozen=True)
class Masked:
    """The value of a column after an erasure, and what has to be told of it.

    A column that `hashes` does so under the system's key; one that `keeps` stays as it is.
    """

    value: str | None = None
    hashes: bool = False
    keeps: bool = False
    told: str = ""
    asks: bool = False


def mask(column: Column, policy: str) -> Masked:
    """What becomes of a column, by its own strategy or else by the policy's."""
    if column.read_only:
        return Masked(
            keeps=True, told=f"{column.name} is read_only in Fides and stays as it is", asks=column.is_personal
        )
    if column.masking is None:
        if policy == "null_rewrite":
            return Masked(None)
        return _text(column, ERASED)
    name, configuration = column.masking.strategy, column.masking.configuration
    if name == "null_rewrite":
        return Masked(None)
    if name == "string_rewrite":
        if not isinstance(configuration.get("rewrite_value"), str | int):
            return Masked(None, told=f"string_rewrite of {column.name} says no rewrite_value: write one", asks=True)
        return _text(column, f"{configuration['rewrite_value']}{_suffix(configuration)}")
    if name in _HASHED and column.data_type in (None, "string") and (column.length or HASH_LENGTH) >= HASH_LENGTH:
        told = f"{name} of {column.name}: here it is keyed, and whoever holds the key still tells the person by it"
        return Masked(hashes=True, told=told)
    if name in (*_HASHED, *_MADE_UP):
        told = f"{name} of {column.name}: a fixed text with the row's key stands there instead"
        found = _text(column, MARKED + _suffix(configuration))
        return found if found.asks else Masked(found.value, told=told)
    if name == "preserve":
        return Masked(keeps=True, told=f"{column.name} is preserved, and stays as it is")
    return Masked(
        None, told=f"the strategy {name} of {column.name} is not known here: null would be written", asks=True
    )


def _text(column: Column, text: str) -> Masked:
    bare = text.replace("{key}", "")
    if "{" in bare or "}" in bare:
        return Masked(None, told=f"{column.name} is rewritten with braces, which stand for the key here", asks=True)
    if column.data_type not in (None, "string"):
        return Masked(None, told=f"{column.name} holds no text, so null is written")
    if column.length is not None and len(bare) + ("{key}" in text) > column.length:
        return Masked("x{key}" if "{key}" in text and column.length > 1 else bare[: column.length] or None,
                      told=f"{column.name} takes {column.length} characters, so the text is shorter")  # fmt: skip
    return Masked(text)


def _suffix(configuration: Any) -> str:
    kept = configuration.get("format_preservation")
    return str(kept.get("suffix") or "") if isinstance(kept, dict) else ""


def takes_mark(column: Column) -> bool:
    """Whether the column can hold a text with the row's key, as far as Fides says."""
    texts = column.data_type == "string" or (column.data_type is None and not column.nested and _is_text(column))
    return texts and not column.nested and (column.length is None or column.length >= 40)


def _is_text(column: Column) -> bool:
    """Whether a column without a type holds text by what Fides says of it: an address or a name."""
    return any(
        each.startswith(("user.contact.email", "user.name", "user.contact.address")) for each in column.categories
    )


def is_credential(column: Column) -> bool:
    """Whether the column opens an account, so that it never leaves the database."""
    return any("credentials" in each or "password" in each for each in column.categories)
