"""Carries an erasure out: a small one in one transaction, a large one in batches that lock no table for long."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, nullcontext

import sqlalchemy as sa

from habeas.connectors.sql.access import Access
from habeas.connectors.sql.deeds import Deeds, tell
from habeas.connectors.sql.fates import NEW, batches
from habeas.connectors.sql.proving import Proof
from habeas.connectors.sql.references import parts_of
from habeas.connectors.sql.rows import key_text
from habeas.connectors.sql.schema import Schema
from habeas.connectors.sql.scope import Scope
from habeas.connectors.sql.walk import Walk
from habeas.sdk import Decided, Deed, Done, NeedsPerson, Secret

#: Up to so many records an erasure is one transaction: it is done whole or not at all, and holds its locks for seconds.
WHOLE = 5_000
#: So many records of a larger one go with each commit.
BATCH = 5_000
#: So many connections delete at once where the database proves the rows itself: one commits while another works.
LANES = 2
#: So many batches are read back together.
WINDOW = 50


class _Differs(Exception):  # noqa: N818 -- it says what was seen, and ends the transaction that saw it
    """Not every row of a batch is as it was decided."""


class Erasure:
    """One erasure of a scope, by the person's walk.

    A small one is one transaction: where a rule of the database forbids the last of it, nothing is changed. A large
    one would hold a million locks and its log until the end. So it goes by parts (what refers first, and what is
    reached before what it is reached from) and by batches with a commit each. A crash between two leaves every row
    that stands reachable: the order done again goes on, and of what is gone it says that it is erased. Only tables
    that refer to each other in a circle go in one transaction whatever their size, as between two commits one of them
    would point at nothing.
    """

    def __init__(self, access: Access, schema: Schema, walk: Walk, scope: Scope, secret: Secret | None = None) -> None:
        self._access = access
        self._schema = schema
        self._walk = walk
        self._scope = scope
        self._secret = secret

    def run(self) -> Iterator[Done]:
        """Erases, and tells of each batch when it is committed."""
        if self._scope.total <= WHOLE:
            with self._access.writing() as connection:
                self._walk.lead(connection)
                done = list(self._in_one(connection))
            yield from done  # only now that it is committed
            return
        with self._access.reading() as connection:
            self._walk.lead(connection)
        with self._access.connected() as connection:
            yield from self._by_parts(connection, commit=True)

    def rehearse(self) -> Iterator[Done]:
        """Does the same in one transaction that is undone, as nothing else tells exactly what would happen."""
        with self._access.writing(keep=False) as connection:
            self._walk.lead(connection)
            small = self._scope.total <= WHOLE
            counts: Counter[Done] = Counter()
            for each in self._in_one(connection, keep=False) if small else self._by_parts(connection, commit=False):
                counts[Done(each.kind, each.deed, 0, each.ground, each.until, why=each.why)] += each.count
        for each, count in counts.items():
            yield Done(each.kind, each.deed, count, each.ground, each.until, why=each.why)

    def _in_one(self, connection: sa.Connection, *, keep: bool = True) -> Iterator[Done]:
        every = [each for kind in self._walk.tables for batch in self._scope.batches(kind, BATCH) for each in batch]
        yield from tell(self._deeds(connection, keep=keep).carry_out(every).values())
        yield from self._new(connection, self._walk.tables)

    def _by_parts(self, connection: sa.Connection, *, commit: bool) -> Iterator[Done]:
        for part in parts_of(self._schema.tables):
            circle = len(part) > 1 or part[0] in self._schema.loops
            if commit and not circle and self._can_prove(part[0]):
                yield from self._proven(part[0])
            else:
                for batch in self._batches(part, whole=circle):
                    with self._access.transaction(connection) if commit else nullcontext():
                        deeds = self._deeds(connection, keep=commit)
                        fates = deeds.carry_out(batch)
                        if not circle:
                            deeds.release(fates)
                    yield from tell(fates.values())
            with self._access.reading() if commit else nullcontext(connection) as reader:
                yield from self._new(reader, part)

    def _batches(self, part: Iterable[str], *, whole: bool) -> Iterator[list[Decided]]:
        batches = (batch for kind in part for batch in self._scope.batches(kind, BATCH))
        if whole:
            yield [each for batch in batches for each in batch]
        else:
            yield from batches

    def _can_prove(self, kind: str) -> bool:
        return Proof.serves(self._walk.tables[kind]) and not self._walk.pointing_from(kind)

    def _proven(self, kind: str) -> Iterator[Done]:
        """The batches of a kind, some at a time, told when they are read back."""
        proof = Proof(self._walk.tables[kind], self._walk)
        with ExitStack() as stack:
            lanes = [stack.enter_context(self._access.connected()) for _ in range(LANES)]
            workers = stack.enter_context(ThreadPoolExecutor(LANES))
            before = self._count(lanes[0], kind)
            for window in batches(self._scope.batches(kind, BATCH), WINDOW):
                shares = [window[at::LANES] for at in range(LANES)]
                done = list(workers.map(self._prove, lanes, [proof] * LANES, shares))
                gone = [batch for share, _ in done for batch in share]
                after = self._count(lanes[0], kind)
                expected = None if before is None else before - sum(map(len, gone))
                if after is None or after != expected:  # or somebody else wrote meanwhile, so each row is looked for
                    self._look(lanes[0], proof, gone)
                before = after
                yield from (Done(kind, Deed.ERASED, len(batch), verified=True) for batch in gone)
                yield from (each for _, told in done for each in told)

    def _prove(
        self, connection: sa.Connection, proof: Proof, share: Sequence[list[Decided]]
    ) -> tuple[list[list[Decided]], list[Done]]:
        """Deletes batches one after the other: those that went as a whole, and what came of the others row by row."""
        gone: list[list[Decided]] = []
        told: list[Done] = []
        for batch in share:
            try:
                with self._access.transaction(connection):
                    if not proof.delete(connection, batch):
                        raise _Differs
                gone.append(batch)
            except (_Differs, sa.exc.IntegrityError, sa.exc.DataError):
                with self._access.transaction(connection):  # which finds out which of them and why
                    told += tell(self._deeds(connection).carry_out(batch).values())
        return gone, told

    def _count(self, connection: sa.Connection, kind: str) -> int | None:
        with self._access.transaction(connection):
            return self._walk.count(connection, kind)

    def _look(self, connection: sa.Connection, proof: Proof, gone: Iterable[list[Decided]]) -> None:
        with self._access.transaction(connection):
            for batch in gone:
                if not proof.are_gone(connection, batch):
                    raise NeedsPerson(f"reading back, rows of {batch[0].kind} stood again after they were deleted")

    def _new(self, connection: sa.Connection, kinds: Iterable[str]) -> Iterator[Done]:
        """What is the person's and not in the order: it came after the plan, and stays."""
        for kind in kinds:
            count = sum(
                self._scope.find(kind, key_text(found.key)) is None and not found.rows.is_blank(found.row)
                for found in self._walk.again(connection, kind)
            )
            if count:
                yield Done(kind, Deed.NEEDS_PERSON, count, why=NEW)

    def _deeds(self, connection: sa.Connection, *, keep: bool = True) -> Deeds:
        return Deeds(connection, self._schema, self._walk, self._scope, secret=self._secret, leave_files=not keep)
