"""Intake's wiring."""

from habeas.service import Service
from habeas_intake import migrations
from habeas_intake.api import case_api
from habeas_intake.commands import api_key, states
from habeas_intake.console import console_pages
from habeas_intake.guards import make_guards
from habeas_intake.handlers import HEARS
from habeas_intake.pages import portal_pages

SERVICE = Service(
    name="intake",
    hears=HEARS,
    migrations=migrations,
    paths=("", "case", "received", "console", "api", "static"),
    blueprints=(portal_pages, console_pages, case_api),
    guards=make_guards,
    commands=(states, api_key),
)
