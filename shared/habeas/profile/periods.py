"""Which activities keep the same for different lengths of time: one simple rule, so that it can be explained."""

import re
from collections.abc import Iterator

from habeas.profile.lengths import average_days
from habeas.profile.types import Activity, Profile

#: Shorter words say too little of what an activity does.
_TELLING = re.compile(r"\w{6,}")


def periods_in_conflict(profile: Profile) -> Iterator[tuple[int, int, str]]:
    """Pairs of activities, by number, with the word that both titles have in common.

    Two are the same if their titles share a word of six letters or more in one language (also where one goes on:
    newsletter, newsletters), if they rest on a basis in common, and if one system holds both. They conflict if both
    have a period and the lengths differ.
    """
    for second, other in enumerate(profile.activities):
        for first, one in enumerate(profile.activities[:second]):
            if _differ(one, other) and set(one.bases) & set(other.bases) and _share_a_system(profile, one, other):
                word = _shared_word(one, other)
                if word:
                    yield first, second, word


def _differ(one: Activity, other: Activity) -> bool:
    a, b = one.retention.length, other.retention.length
    return bool(a and b) and (one.retention.after != other.retention.after or _days(one) != _days(other))


def _days(activity: Activity) -> object:
    return activity.retention.length and average_days(activity.retention.length)


def _share_a_system(profile: Profile, one: Activity, other: Activity) -> bool:
    return any({one.name, other.name} <= set(system.activities) for system in profile.systems)


def _shared_word(one: Activity, other: Activity) -> str:
    for language in one.title.words:
        mine, theirs = _telling(one, language), _telling(other, language)
        for word in mine:
            for their in theirs:
                if word.startswith(their) or their.startswith(word):
                    return min(word, their, key=len)
    return ""


def _telling(activity: Activity, language: str) -> list[str]:
    return [match[0] for match in _TELLING.finditer(activity.title.in_(language).lower())]
