"""Deletes rows of PostgreSQL that still have their digests without reading them: the database works the digests out.

The expression here spells a row as `canonical_json` does. It need not do so for every row and type: where it differs
the digests do, and the batch is done row by row. Where the digests are equal the content is, as SHA-256 says; so a
mistake here costs time and never a row.
"""

from collections.abc import Iterator, Sequence
from hashlib import sha256
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by
from sqlalchemy.sql.elements import ColumnElement

from habeas.connectors.sql.rows import Rows
from habeas.connectors.sql.walk import Walk
from habeas.sdk import Decided, canonical_json

_MOST_ARGUMENTS = 90  # a function of PostgreSQL takes 100


class Proof:
    """Deletes batches of one kind, each by one statement."""

    def __init__(self, rows: Rows, walk: Walk) -> None:
        self._rows = rows
        self._walk = walk
        self._names = walk.tie_columns(rows.kind)
        table = rows.table.live.sql
        (name,) = rows.table.mapped.key
        key = table.c[name]
        self._whole = isinstance(key.type, sa.Integer)
        chosen = key == sa.any_(sa.cast(sa.bindparam("keys", type_=_array_of(key.type)), ARRAY(key.type)))
        gone = (
            sa.delete(table)
            .where(chosen)
            .returning(
                key.label("the_key"),
                *(table.c[each].label(f"tie{at}") for at, each in enumerate(self._names)),
                sa.func.sha256(sa.func.convert_to(_joined(list(_spelled(rows))), "UTF8")).label("digest"),
            )
            .cte("gone")
        )
        ties = [gone.c[f"tie{at}"] for at in range(len(self._names))]
        by = sa.collate(gone.c.the_key, "C") if isinstance(key.type, sa.String) else gone.c.the_key
        every = sa.func.sha256(sa.func.string_agg(gone.c.digest, aggregate_order_by(sa.literal(b""), by)))
        self._delete = (
            sa.select(*ties, sa.cast(None, sa.BigInteger), sa.cast(None, sa.LargeBinary))
            .distinct()
            .union_all(
                sa.select(*(sa.cast(None, each.type) for each in ties), sa.func.count(), every).select_from(gone)
            )
        )
        self._look = sa.select(sa.literal(1)).select_from(table).where(chosen).limit(1)

    @staticmethod
    def serves(rows: Rows) -> bool:
        """Whether rows of that table can be deleted so: whole, by one key, and nothing goes with them unseen."""
        mapped, live = rows.table.mapped, rows.table.live
        return (
            rows.dialect == "postgresql"
            and mapped.erase is None
            and mapped.files is None
            and len(mapped.key) == 1
            and isinstance(live.types[mapped.key[0]], sa.Integer | sa.Text | sa.VARCHAR | sa.Uuid)
            and all(referer.guarded for referer in rows.table.referers)
            and all(_can_spell(live.shown[name]) for name in rows.exported)
        )

    def delete(self, connection: sa.Connection, batch: Sequence[Decided]) -> bool:
        """Deletes the rows; False (undo it then) where not all were as decided."""
        ordered = sorted((self._of(each.key), each.digest) for each in batch)
        try:
            wanted = sha256(bytes.fromhex("".join(digest for _, digest in ordered))).digest()
        except ValueError:
            return False  # it is no digest, so no row has it
        answer = connection.execute(self._delete, {"keys": self._written([key for key, _ in ordered])}).all()
        ties = [row[: len(self._names)] for row in answer if row[-2] is None]
        ((count, told),) = [row[-2:] for row in answer if row[-2] is not None]
        if count != len(batch) or bytes(told) != wanted:
            return False
        return all(self._walk.tie(self._rows.kind, self._rows.stripped(self._names, tuple(tie))) for tie in ties)

    def are_gone(self, connection: sa.Connection, batch: Sequence[Decided]) -> bool:
        """Reads back that none of the rows stands."""
        keys = self._written([self._of(each.key) for each in batch])
        return connection.execute(self._look, {"keys": keys}).first() is None

    def _of(self, key: str) -> Any:
        return int(key) if self._whole else self._rows.key_values(key)[0]

    def _written(self, keys: list[Any]) -> Any:
        """The keys as one parameter: numbers as PostgreSQL writes a list of them, which is the cheapest to make."""
        return "{" + ",".join(map(str, keys)) + "}" if self._whole else keys


def _array_of(kind: sa.types.TypeEngine[Any]) -> sa.types.TypeEngine[Any]:
    return sa.Text() if isinstance(kind, sa.Integer) else ARRAY(kind)


def _spelled(rows: Rows) -> Iterator[Any]:
    """The pieces of a row's canonical JSON, texts and columns in turn."""
    live, (key,) = rows.table.live, rows.table.mapped.key
    between = '{"data":{'
    for name in sorted(rows.exported):
        yield sa.literal(between + canonical_json(name).decode() + ":")
        spelled = _spell(live.shown[name])
        yield sa.func.coalesce(spelled, sa.literal("null")) if live.nullable[name] else spelled
        between = ","
    yield sa.literal(("" if rows.exported else between) + '},"key":')
    yield sa.cast(sa.func.to_json(sa.cast(live.sql.c[key], sa.Text)), sa.Text)
    yield sa.literal(',"kind":' + canonical_json(rows.kind).decode() + "}")


def _joined(pieces: list[Any]) -> ColumnElement[Any]:
    while len(pieces) > _MOST_ARGUMENTS:
        starts = range(0, len(pieces), _MOST_ARGUMENTS)
        pieces = [sa.func.concat(*pieces[start : start + _MOST_ARGUMENTS]) for start in starts]
    return sa.func.concat(*pieces)


def _can_spell(shown: ColumnElement[Any]) -> bool:
    kind = shown.type
    if isinstance(kind, sa.CHAR | sa.Float):
        return False
    return isinstance(kind, sa.Integer | sa.Boolean | sa.String | sa.Numeric | sa.Date | sa.DateTime | sa.Uuid)


def _spell(shown: ColumnElement[Any]) -> ColumnElement[Any]:
    """One value (not null) as `plain` and JSON spell it."""
    kind, text = shown.type, sa.cast(shown, sa.Text)
    if isinstance(kind, sa.Integer | sa.Boolean):
        return text
    if isinstance(kind, sa.Numeric | sa.Uuid):
        return sa.literal('"').concat(text).concat('"')
    if isinstance(kind, sa.DateTime):
        # Python gives six digits of a second's fraction or none
        second = sa.func.to_char(shown, 'YYYY-MM-DD"T"HH24:MI:SS')
        fraction = sa.case((sa.func.date_trunc("second", shown) == shown, ""), else_=sa.func.to_char(shown, ".US"))
        zone = sa.func.to_char(shown, "TZH:TZM") if kind.timezone else sa.literal("")
        return sa.literal('"').concat(second).concat(fraction).concat(zone).concat('"')
    return sa.cast(sa.func.to_json(shown), sa.Text)
