"""Intake's wiring."""

from habeas import plugins
from habeas.errors import Fault, Faults
from habeas.service import Context, Service
from habeas_intake import migrations
from habeas_intake.api import case_api
from habeas_intake.case_pages import case_pages
from habeas_intake.commands import agent, api_key, states
from habeas_intake.console import console_pages
from habeas_intake.deadlines import deadline
from habeas_intake.desk import desk_pages
from habeas_intake.guards import make_guards
from habeas_intake.handlers import HEARS
from habeas_intake.holding_pages import holding_pages
from habeas_intake.laws.declared import load_calendars
from habeas_intake.letter_pages import letter_pages
from habeas_intake.pages import portal_pages
from habeas_intake.processor_door import processor_door
from habeas_intake.processor_signature import check_signer
from habeas_intake.status_pages import status_pages
from habeas_intake.timers import TIMERS
from habeas_intake.unidentified_pages import unidentified_pages


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
    paths=("", "case", "received", "status", "console", "api", "opendsr", "static"),
    blueprints=(
        portal_pages,
        console_pages,
        case_pages,
        desk_pages,
        letter_pages,
        status_pages,
        unidentified_pages,
        holding_pages,
        case_api,
        processor_door,
    ),
    guards=make_guards,
    timers=TIMERS,
    commands=(states, api_key, agent, deadline),
    checks=(check_laws, check_holidays, check_signer),
)
