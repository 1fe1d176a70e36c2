"""Intake's wiring."""

from habeas import plugins
from habeas.errors import Fault, Faults
from habeas.service import Context, Service
from habeas_intake import migrations
from habeas_intake.api import case_api
from habeas_intake.commands import api_key, states
from habeas_intake.console import console_pages
from habeas_intake.deadlines import deadline
from habeas_intake.desk import desk_pages
from habeas_intake.guards import make_guards
from habeas_intake.handlers import HEARS
from habeas_intake.laws.declared import load_calendars
from habeas_intake.letter_pages import letter_pages
from habeas_intake.pages import portal_pages


def check_laws(context: Context) -> None:
    """Raise `Faults` for every profile whose law has no clock here."""
    known = plugins.names("habeas.laws")
    remedy = f"one of {', '.join(known)}"
    faults = [
        Fault(f"profile {name}", f"there is no clock for the law {law!r}", remedy)
        for name, profile in context.profiles.items()
        for law in profile.laws
        if law not in known
    ]
    if faults:
        raise Faults(faults)


def check_holidays(context: Context) -> None:
    """Raise `Faults` for a file of declared holidays that days cannot be counted by."""
    load_calendars(context.settings.holidays)


SERVICE = Service(
    name="intake",
    hears=HEARS,
    migrations=migrations,
    paths=("", "case", "received", "console", "api", "static"),
    blueprints=(portal_pages, console_pages, desk_pages, letter_pages, case_api),
    guards=make_guards,
    commands=(states, api_key, deadline),
    checks=(check_laws, check_holidays),
)
