"""How a runner's sealing keys turn month by month: made here, told to who seals to us, theirs learned in return."""

from datetime import timedelta
from typing import Any

from habeas.envelope import Letter
from habeas.events import KeysTold, KeysTurned
from habeas.service import Context, Timer
from habeas.turned_keys import learn_seal, tell_seal
from habeas.work.transaction import Transaction

_EVERY = timedelta(hours=6)


class Turning:
    """Turns the keys of one system's runner, and tells of them after every start and every change."""

    def __init__(self, system: str) -> None:
        self._system = system
        self._told: dict[str, str] | None = None

    @property
    def timer(self) -> Timer:
        """Give what looks every so often."""
        return Timer("own keys", _EVERY, self.turn)

    def turn(self, context: Context) -> None:
        """Make next month's key, destroy what has lapsed, and tell identity and fulfilment if they cannot know."""
        keys = context.keys
        if "identity" in keys.holds():
            return  # one keyring for all: whoever keeps it turns it, and nobody has to be told
        try:
            keys.rotate(context.clock.now())
        except OSError as error:
            context.log.warning("the keyring cannot be written to, and its keys are not turned", error=error)
        seal = tell_seal(keys, context.participant)
        if seal != self._told:
            with context.transaction() as tx:
                tx.say(KeysTurned(system=self._system, seal=seal))
            self._told = seal

    def learn(self, tx: Transaction, letter: Letter) -> None:
        """Learn the keys that identity has turned to."""
        told: Any = letter.event
        assert isinstance(told, KeysTold)
        learn_seal(tx, letter, told.seal)
