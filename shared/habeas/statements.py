"""Statements as values: frozen dataclasses that are signed as canonical JSON and believed only after verification.

A statement class says in `TYPE` what it is signed as and in `SIGNED_BY` who alone may sign it. Its fields are its
payload, no more and no less; reading refuses unknown and missing keys, wrong types and every second way of writing.
"""

import dataclasses
from collections.abc import Callable
from datetime import datetime
from functools import cache
from typing import Any, ClassVar, NewType, Protocol, TypeVar, get_type_hints

from habeas.crypto.canonical import read_digest, read_instant, read_json, read_object, write_instant, write_json
from habeas.crypto.directory import Directory
from habeas.crypto.signing import BadSignature, Signed, Signer
from habeas.errors import Refused
from habeas.sdk.words import Operation
from habeas.vocabulary import Assurance

Digest = NewType("Digest", str)
"""A SHA-256 digest in lower-case hex."""


class Statement(Protocol):
    """What every statement class is."""

    TYPE: ClassVar[str]
    SIGNED_BY: ClassVar[str]
    NAME: ClassVar[str]
    __dataclass_fields__: ClassVar[dict[str, Any]]


Kind = TypeVar("Kind", bound=Statement)


@dataclasses.dataclass(frozen=True)
class _Form:
    """How values of one type stand in the payload."""

    json: type
    write: Callable[[Any], Any]
    read: Callable[[Any], Any]


def sign(signer: Signer, statement: Statement) -> Signed:
    """Sign a statement; that it is not this signer's to make is a bug."""
    if signer.owner != statement.SIGNED_BY:
        raise ValueError(f"{statement.NAME} is for {statement.SIGNED_BY} to sign")
    return signer.sign(statement.TYPE, write_payload(statement))


def believe(signed: Signed, directory: Directory, kind: type[Kind]) -> Kind:
    """Verify a statement and read it; raises BadSignature or Refused with a reason that names what it is."""
    try:
        payload = directory.verify(signed, owner=kind.SIGNED_BY, payload_type=kind.TYPE)
    except BadSignature as error:
        raise BadSignature(f"{kind.NAME}: {error.reason}") from None
    return read_payload(kind, payload)


def write_payload(statement: Statement) -> bytes:
    """Write a statement's fields as canonical JSON."""
    forms = _forms(type(statement))
    return write_json({name: form.write(getattr(statement, name)) for name, form in forms.items()})


def read_payload(kind: type[Kind], payload: bytes) -> Kind:
    """Read a statement from bytes whose signature was verified; raises Refused."""
    forms = _forms(kind)
    try:
        value = read_object(read_json(payload), {name: form.json for name, form in forms.items()}, kind.NAME)
        return kind(**{name: form.read(value[name]) for name, form in forms.items()})
    except ValueError:
        raise Refused(f"{kind.NAME} holds a word that is none of ours") from None


@cache
def _forms(kind: type[Statement]) -> dict[str, _Form]:
    hints = get_type_hints(kind)
    return {field.name: _FORMS[hints[field.name]] for field in dataclasses.fields(kind)}


def _same(value: Any) -> Any:
    return value


def _read_texts(values: list[Any]) -> tuple[str, ...]:
    if not all(isinstance(value, str) for value in values):
        raise Refused("a list of a statement holds something else than text")
    return tuple(values)


def _read_digests(values: list[Any]) -> tuple[Digest, ...]:
    return tuple(Digest(read_digest(value)) for value in _read_texts(values))


_FORMS: dict[Any, _Form] = {
    str: _Form(str, _same, _same),
    bool: _Form(bool, _same, _same),
    datetime: _Form(str, write_instant, read_instant),
    Digest: _Form(str, read_digest, read_digest),
    Assurance: _Form(str, str, Assurance),
    Operation: _Form(str, str, Operation),
    Signed: _Form(dict, Signed.to_object, Signed.from_object),
    tuple[str, ...]: _Form(list, list, _read_texts),
    tuple[Digest, ...]: _Form(list, list, _read_digests),
    tuple[Signed, ...]: _Form(
        list, lambda each: [one.to_object() for one in each], lambda each: tuple(map(Signed.from_object, each))
    ),
}
