"""A bell that wakes whoever waits for work, in this process or, through PostgreSQL, in another one."""

import contextlib
import threading
from collections.abc import Mapping

import structlog

from habeas.database import Database


class Bell:
    """Wakes as many waiters as there is work for; a ring while nobody waits is kept until somebody does."""

    def __init__(self) -> None:
        self.rings = 0
        """How often it has been rung, for whoever was busy and cannot have heard it."""
        self._called = 0
        self._condition = threading.Condition()

    def ring(self, hands: int = 1) -> None:
        """Wake so many waiters, now or the next time they wait."""
        with self._condition:
            self.rings += 1
            self._called = max(self._called, hands)
            self._condition.notify(hands)

    def wait(self, seconds: float) -> bool:
        """Wait at most so long; say whether the bell was rung for this waiter."""
        with self._condition:
            called = self._condition.wait_for(lambda: self._called > 0, seconds)
            if called:
                self._called -= 1
            return called


def channel(database: Database, name: str) -> str:
    """Name the PostgreSQL notification channel of one of a service's bells."""
    return f"habeas_{database.schema}_{name}".replace("-", "_")


def listen(database: Database, bells: Mapping[str, Bell], stop: threading.Event) -> None:
    """Ring the bells of this process when another one notifies, until `stop`; polling is the net beneath it."""
    if database.is_sqlite:
        return
    import psycopg  # only where there is a PostgreSQL to listen to

    url = database.url.set(drivername="postgresql").render_as_string(hide_password=False)
    channels = {channel(database, name): bell for name, bell in bells.items()}
    log = structlog.get_logger()
    while not stop.is_set():
        try:
            with psycopg.connect(url, autocommit=True, application_name=f"habeas-{database.schema}-bell") as connection:
                for name in channels:
                    connection.execute(f"LISTEN {name}")
                for bell in bells.values():
                    bell.ring()  # whoever rang while nobody listened was not heard
                while not stop.is_set():
                    for notice in connection.notifies(timeout=1.0):
                        with contextlib.suppress(KeyError):
                            channels[notice.channel].ring()
        except psycopg.Error as error:
            log.warning("the bell's connection was lost", error=error)
            stop.wait(1.0)
