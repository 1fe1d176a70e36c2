"""Identity's wiring."""

from habeas.service import Service
from habeas_identity import migrations
from habeas_identity.agent_pages import agent_pages
from habeas_identity.commands import agent
from habeas_identity.handlers import HEARS
from habeas_identity.pages import prove_pages
from habeas_identity.tickets import guards
from habeas_identity.timers import TIMERS

SERVICE = Service(
    name="identity",
    hears=HEARS,
    migrations=migrations,
    paths=("prove", "agents"),
    blueprints=(prove_pages, agent_pages),
    guards=guards,
    timers=TIMERS,
    commands=(agent,),
)
