"""The notifier's wiring."""

from habeas.service import Service
from habeas_notifier import migrations
from habeas_notifier.handlers import HEARS
from habeas_notifier.pages import inbox_pages
from habeas_notifier.texts import check_texts

SERVICE = Service(
    name="notifier",
    hears=HEARS,
    migrations=migrations,
    paths=("inbox",),
    blueprints=(inbox_pages,),
    checks=(check_texts,),
)
