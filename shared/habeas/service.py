"""A service as a value that can be printed, and the surroundings it runs in."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import structlog

from habeas.clock import SYSTEM_CLOCK, Clock
from habeas.crypto.datakeys import DataKeys
from habeas.crypto.keyring import Keyring
from habeas.crypto.providers import KeyProvider, open_provider
from habeas.crypto.vault import Vault
from habeas.database import Database
from habeas.envelope import Letter
from habeas.errors import Waiting
from habeas.events import Event
from habeas.settings import Settings
from habeas.storage import Store, open_store
from habeas.work.bell import Bell
from habeas.work.failpoint import passed
from habeas.work.transaction import Transaction

if TYPE_CHECKING:
    from habeas.profile import Profile

Handler = Callable[[Transaction, Letter], None]


@dataclass(frozen=True)
class Effect:
    """A reaction that touches the world outside, so that it cannot be part of a transaction.

    `prepare` runs in the transaction that claims the letter and returns what the work needs; `work` runs outside any
    transaction and may run twice, so it carries an idempotency key; `finish` runs in the transaction that marks the
    letter done. `fail` runs in the transaction that notes a failure: `final` says that nobody will try again by
    itself.
    """

    prepare: Callable[[Transaction, Letter], Any]
    work: Callable[["Context", Any], Any]
    finish: Callable[[Transaction, Letter, Any, Any], None]
    fail: Callable[[Transaction, Letter, str, int, bool], bool | None] | None = None
    """True says that the sender knows and asks again if it wants: then nothing is parked here for a person."""
    wait: Callable[[Transaction, Letter, Waiting], None] | None = None
    """Runs when the work says `Waiting`: no failure, and no attempt is counted."""


@dataclass(frozen=True)
class Timer:
    """Something to do every so often, by one process a service."""

    name: str
    every: timedelta
    run: Callable[["Context"], None]


@dataclass(frozen=True)
class Service:
    """The wiring of a service: which doors it has and what stands behind each."""

    name: str
    hears: Mapping[type[Event], Handler | Effect]
    migrations: ModuleType | None = None
    paths: tuple[str, ...] = ()
    """The first path segments that this service answers; the empty one is the portal's start."""
    blueprints: tuple[Callable[["Context"], Any], ...] = ()
    guards: Callable[["Context"], Any] | None = None
    """Makes the `habeas.web.access.Guards` that tell who calls."""
    timers: tuple[Timer, ...] = ()
    commands: tuple[Any, ...] = ()
    """Click commands that this service adds to `habeas`."""
    checks: tuple[Callable[["Context"], None], ...] = ()
    """What must be right before it starts; each raises `Faults`."""


@dataclass(frozen=True)
class Bells:
    """The two bells of a service: work to send, work to do."""

    outbox: Bell = field(default_factory=Bell)
    inbox: Bell = field(default_factory=Bell)


@dataclass(frozen=True)
class Context:
    """One running service: its wiring and everything it was given."""

    service: Service
    settings: Settings
    keys: Keyring
    provider: KeyProvider
    database: Database
    clock: Clock = SYSTEM_CLOCK
    bells: Bells = field(default_factory=Bells)
    participant: str = ""
    """Who this is on the bus and in the key directory: the service's name, or `connect-…`."""

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Give the one transaction of a function; it commits at the end, and then the letters go out."""
        with self.database.session() as session:
            tx = Transaction(self, session, self.clock.now(), Vault(session, self.data_keys, self.clock))
            yield tx
            session.flush()
            tx.put_letters()
            passed("action.before_commit")
        passed("action.after_commit")
        if tx.said and self.database.is_sqlite:  # PostgreSQL wakes the relay wherever it runs, in this process too
            self.bells.outbox.ring()

    @contextmanager
    def reading(self) -> Iterator[Transaction]:
        """Give a transaction for looking only; saying anything in it is lost."""
        with self.database.reading() as session:
            yield Transaction(self, session, self.clock.now(), Vault(session, self.data_keys, self.clock))

    @cached_property
    def data_keys(self) -> DataKeys:
        """Return the data keys of this service's cases, with their small cache."""
        return DataKeys(self.provider, self.participant)

    @cached_property
    def store(self) -> Store:
        """Return the store for large things."""
        return open_store(str(self.settings.store), self.settings.data)

    @cached_property
    def profiles(self) -> "Mapping[str, Profile]":
        """Return the controllers' profiles by name."""
        from habeas.profile import load_profile, load_profiles  # a connector's own process has no profile

        path = self.settings.profiles
        if path.is_file():
            profile = load_profile(path)
            return {profile.name: profile}
        return load_profiles(path)

    @cached_property
    def log(self) -> Any:
        """Return the log, bound to this participant."""
        return structlog.get_logger().bind(service=self.participant)


def open_context(
    service: Service, settings: Settings, keys: Keyring, *, clock: Clock = SYSTEM_CLOCK, participant: str = ""
) -> Context:
    """Put a service into its surroundings, as the settings name them."""
    participant = participant or service.name
    return Context(
        service=service,
        settings=settings,
        keys=keys,
        provider=open_provider(str(settings.key_provider), keys),
        database=Database(_database_url(settings, participant), participant.replace("-", "_")),
        clock=clock,
        participant=participant,
    )


def _database_url(settings: Settings, participant: str) -> str:
    if settings.database.startswith("sqlite"):
        return f"sqlite:///{Path(settings.data) / f'{participant}.db'}"
    return str(settings.database)


def migrate(contexts: Sequence[Context]) -> None:
    """Bring each service's database to this version's shape."""
    from habeas.database.migration import upgrade  # alembic is not needed by a connector's own process

    for context in contexts:
        upgrade(context)
