"""Fulfilment's wiring."""

from habeas.service import Service
from habeas_fulfilment import migrations
from habeas_fulfilment.guards import make_guards
from habeas_fulfilment.handlers import HEARS
from habeas_fulfilment.pages import download_pages, plan_pages
from habeas_fulfilment.timers import TIMERS
from habeas_fulfilment.uploads import upload_door

SERVICE = Service(
    name="fulfilment",
    hears=HEARS,
    migrations=migrations,
    paths=("plan", "download", "uploads"),
    blueprints=(plan_pages, download_pages, upload_door),
    guards=make_guards,
    timers=TIMERS,
)
