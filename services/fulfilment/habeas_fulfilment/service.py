"""Fulfilment's wiring."""

from habeas.service import Service
from habeas_fulfilment import migrations
from habeas_fulfilment.api import hold_door, permit_door
from habeas_fulfilment.commands import check_subject_keys, sender
from habeas_fulfilment.guards import make_guards
from habeas_fulfilment.handlers import HEARS
from habeas_fulfilment.hold_pages import hold_pages
from habeas_fulfilment.import_door import import_door
from habeas_fulfilment.limit_pages import limit_pages
from habeas_fulfilment.look_pages import look_pages
from habeas_fulfilment.pages import download_pages, plan_pages
from habeas_fulfilment.processor_door import processor_door
from habeas_fulfilment.processors import check_processors
from habeas_fulfilment.task_pages import task_pages
from habeas_fulfilment.timers import TIMERS
from habeas_fulfilment.tombstone_commands import tombstones
from habeas_fulfilment.uploads import upload_door

SERVICE = Service(
    name="fulfilment",
    hears=HEARS,
    migrations=migrations,
    paths=("plan", "download", "uploads", "holds", "may-process", "legal-holds", "import-check", "processor-callbacks"),
    blueprints=(
        plan_pages,
        limit_pages,
        look_pages,
        task_pages,
        hold_pages,
        download_pages,
        upload_door,
        permit_door,
        hold_door,
        import_door,
        processor_door,
    ),
    guards=make_guards,
    timers=TIMERS,
    commands=(sender, tombstones),
    checks=(check_subject_keys, check_processors),
)
