"""Identity's wiring."""

from habeas.service import Service
from habeas_identity import migrations
from habeas_identity.account_pages import account_pages
from habeas_identity.acting_pages import acting_pages
from habeas_identity.address_pages import address_pages
from habeas_identity.agent_pages import agent_pages
from habeas_identity.commands import agent
from habeas_identity.evidence_pages import evidence_pages
from habeas_identity.freezing_pages import freezing_pages
from habeas_identity.handlers import HEARS
from habeas_identity.letter_pages import letter_pages
from habeas_identity.pages import prove_pages
from habeas_identity.passkey_pages import passkey_pages
from habeas_identity.provider_pages import provider_pages
from habeas_identity.providers import check_providers
from habeas_identity.sign_in_pages import sign_in_pages
from habeas_identity.tickets import guards
from habeas_identity.timers import TIMERS
from habeas_identity.vouching_pages import vouching_pages
from habeas_identity.who_asks_pages import who_asks_pages

SERVICE = Service(
    name="identity",
    hears=HEARS,
    migrations=migrations,
    paths=("prove", "agents", "evidence"),
    blueprints=(
        prove_pages,
        acting_pages,
        vouching_pages,
        freezing_pages,
        address_pages,
        agent_pages,
        who_asks_pages,
        passkey_pages,
        account_pages,
        letter_pages,
        evidence_pages,
        sign_in_pages,
        provider_pages,
    ),
    guards=guards,
    timers=TIMERS,
    commands=(agent,),
    checks=(check_providers,),
)
