"""What statements are bound to: salted digests of the person, of an order's scope and of a plan.

Statements travel in the open. An address is soon guessed from its bare digest, so every digest is made under a salt of
32 random bytes, which stands beside the identifiers and is sealed along with them.
"""

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from habeas.crypto.canonical import digest_json
from habeas.errors import Refused
from habeas.statements import Digest

SALT = "#salt"
"""The key beside the identifiers under which their salt stands; no identifier can be named so."""

Identifiers = Mapping[str, Sequence[str]]


def salt_identifiers(identifiers: Identifiers) -> dict[str, list[str]]:
    """Put a fresh salt beside identifiers that are about to be signed; it is sealed and kept along with them."""
    return {**strip_salt(identifiers), SALT: [os.urandom(32).hex()]}


def strip_salt(identifiers: Identifiers) -> dict[str, list[str]]:
    """Give the identifiers alone."""
    return {name: list(values) for name, values in identifiers.items() if name != SALT}


def digest_identifiers(identifiers: Identifiers) -> Digest:
    """Digest identifiers under their salt; the order of names and values does not matter."""
    values = {name: sorted(set(each)) for name, each in strip_salt(identifiers).items()}
    return Digest(digest_json("identifiers", [_salt_of(identifiers), values]))


def digest_scope(scope: Any, identifiers: Identifiers) -> Digest:
    """Digest the JSON value that says on what an order works, under the salt of the case."""
    return Digest(digest_json("scope", [_salt_of(identifiers), scope]))


def list_parts(operation: str, scopes: Mapping[str, Any], identifiers: Identifiers) -> tuple[Digest, ...]:
    """Digest each part of a plan: what `operation` would do in each system; `scopes` holds the scopes by system."""
    return tuple(
        sorted(digest_part(system, operation, digest_scope(scope, identifiers)) for system, scope in scopes.items())
    )


def digest_plan(case: str, parts: Iterable[str]) -> Digest:
    """Digest a whole plan from its parts (`list_parts`): this is what people approve."""
    return Digest(digest_json("plan", [case, sorted(parts)]))


def digest_part(system: str, operation: str, scope: str) -> Digest:
    """Digest one part of a plan: an operation in one system, by the digest of its scope."""
    return Digest(digest_json("part", [system, str(operation), scope]))


def _salt_of(identifiers: Identifiers) -> str:
    salt = identifiers.get(SALT, ())
    if len(salt) != 1 or not isinstance(salt[0], str) or len(salt[0]) != 64:
        raise Refused("the identifiers carry no salt: put one beside them with salt_identifiers before they are signed")
    return salt[0]
