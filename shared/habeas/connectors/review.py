"""How a connector marks a record that a person has to look at before it is released to anybody.

A marked record carries `data["review"]`, a sorted list of reasons; where none applies there is no such field. It says
why and never who: what would tell whose data it is would be handed out with the mark. Whoever builds a package refuses
to release a marked record until a person has agreed (GDPR article 15(4): the rights of others).
"""

from collections.abc import Iterable

from habeas.sdk import Json

REVIEW = "review"

#: It carries addresses of other people.
THIRD_PARTIES = "third_parties"
#: It carries addresses that the person was never shown.
BLIND_COPIES = "blind_copies"
#: It is text or a file that people wrote freely, in which anything may stand about anybody.
FREE_TEXT = "free_text"
#: It tells of messages that name the person in their text; none of them is exported.
MENTIONS = "mentions"
#: It tells of messages that may be the person's, but cannot be read well enough to say so.
UNCLEAR = "unclear"


def marks(reasons: Iterable[str]) -> dict[str, Json]:
    """The part of a record's data that marks it; nothing where there is no reason."""
    found: list[Json] = [*sorted(set(reasons))]
    return {REVIEW: found} if found else {}
