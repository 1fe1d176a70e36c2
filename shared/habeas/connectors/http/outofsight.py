"""What is told of a record that the order names and the search does not find: an earlier run may have seen to it."""

from habeas.connectors.http.begun import Begun, Work, name_of
from habeas.connectors.http.fates import BACK, CHANGED, LIED, LOST, MISSING, Fate, kept, needs_person, went
from habeas.connectors.http.lookback import LookBack
from habeas.connectors.http.vendorfile import Kind, Vendor
from habeas.connectors.http.walk import Item
from habeas.sdk import Decided, Waiting

#: Begins the note of a record that went with another: its kind follows, and whether that one was read back.
WITH = "with:"
#: The note of a record of which every step was taken.
SENT = "sent"
#: The note of a record of which the vendor said that it keeps something.
STAYS = "stays"


class OutOfSight:
    """Reads such records by their keys where that can be done, and else goes by what was noted."""

    def __init__(self, vendor: Vendor, look: LookBack, begun: Begun) -> None:
        self._vendor = vendor
        self._look = look
        self._begun = begun

    def fate_of(self, kind: Kind, decided: Decided) -> Fate | Item:
        """What is told of one record; the record itself where a run was cut off between the steps of its erasure.

        Raises Waiting where every step was taken and the vendor still has time.
        """
        return self._kept(kind, decided) if decided.keep else self._gone(kind, decided)

    def _gone(self, kind: Kind, decided: Decided) -> Fate | Item:
        work = self._begun.find(erased_name(decided))
        if work and work.number == STAYS:
            return needs_person(BACK)
        if (work is None or work.number == "") and kind.erase and kind.erase.does == "erases" and not kind.under:
            # A read-back may look where only what is half erased would be: what can be read is not gone.
            record = self._look.by_key(kind, decided.key)
            if record is not None:
                return record if work and record.digest == decided.digest else needs_person(LOST)
        seen = self._look.is_done_by_key(kind, decided.key)
        if seen is False:
            return self._standing(kind, decided, work)
        if work and work.number.startswith(WITH):
            _, above, verified = work.number.split(":")
            return went(self._vendor.kinds[above], verified=bool(verified))
        readable = not kind.presumed or bool(kind.erase and kind.erase.read_back)
        return went(kind, verified=seen is True or (readable and work is not None))

    def _standing(self, kind: Kind, decided: Decided, work: Work | None) -> Fate:
        """Something of it is still there, though no search finds it."""
        rule = kind.erase
        if rule is None or work is None or work.number != SENT:
            return needs_person(LOST)
        if rule.does == "archives_only":
            return went(kind, verified=False)
        if rule.within and self._begun.now() <= work.until:
            raise Waiting("the vendor needs time until an erasure is to be seen", rule.every, work.promised)
        self._begun.forget(erased_name(decided))
        return needs_person(LIED)

    def _kept(self, kind: Kind, decided: Decided) -> Fate:
        """A kept record may have hung on one that is erased."""
        record = self._look.by_key(kind, decided.key)
        if record is not None:
            return kept(decided) if record.digest == decided.digest else needs_person(CHANGED)
        return kept(decided) if self._begun.find(kept_name(decided)) else needs_person(MISSING)


def erased_name(decided: Decided) -> str:
    """Under which name it is noted that a record is erased."""
    return name_of("erase", decided.kind, decided.key, decided.digest)


def kept_name(decided: Decided) -> str:
    """Under which name it is noted that a record was kept, and seen to be."""
    return name_of("kept", decided.kind, decided.key, decided.digest)
