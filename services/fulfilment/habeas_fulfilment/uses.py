"""How a controller uses data, activity by activity, in a person's words (GDPR Art. 15(1) and (2))."""

from collections.abc import Iterator

from habeas.profile import Activity, Profile, Recipient
from habeas.profile.places import EEA, is_protected
from habeas_fulfilment import package
from habeas_fulfilment.package.words import speak


def tell_uses(profile: Profile, language: str) -> Iterator[package.Activity]:
    """Tell every activity of the profile in that language, in the profile's order."""
    return (_tell(profile, each, language) for each in profile.activities)


def _tell(profile: Profile, activity: Activity, language: str) -> package.Activity:
    abroad = (_transfer(profile, each, language) for each in activity.recipients)
    return package.Activity(
        name=activity.name,
        title=activity.title.in_(language),
        purpose=activity.purpose.in_(language),
        legal_bases=activity.bases,
        categories=(activity.categories.in_(language),),
        recipients=tuple(f"{each.name} ({each.country})" for each in activity.recipients),
        source=activity.source.in_(language),
        retention=activity.retention.words.in_(language),
        transfers="; ".join(filter(None, abroad)),
        automated="" if activity.automated is None else activity.automated.in_(language),
    )


def _transfer(profile: Profile, recipient: Recipient, language: str) -> str:
    """Say what protects data with one recipient abroad, as it is stated; nothing where nothing has to."""
    home, say, safeguard = profile.controller.country, speak(language), recipient.safeguard
    if safeguard is None and (recipient.country in EEA or recipient.country == home):
        return ""
    if safeguard is None:
        words = say("safeguard_adequacy" if is_protected(home, recipient.country) else "safeguard_none")
    else:
        copy = say("safeguard_copy", where=safeguard.copy_at) if safeguard.copy_at else None
        words = ", ".join(filter(None, (say(f"safeguard_{safeguard.kind}"), safeguard.note, copy)))
    return f"{recipient.name} ({recipient.country}): {words}"
