"""What deciding costs: an erasure over twenty activities in ten systems, against asking a database for nothing."""

import statistics
import time
from dataclasses import replace
from datetime import date
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import psycopg

from habeas.decisions import ActivityFacts, Facts, decide
from habeas.profile import KeptUnder, Length, Profile, Retention, StartEvent, Unit, load_profile
from habeas.testing.servers.postgres import Postgres
from habeas.vocabulary import LegalBasis, Right

ROUNDS = 7
_CASES = 200
_ACTIVITIES, _SYSTEMS = 20, 10
_SAMPLE = Path(__file__).parents[1] / "examples" / "sample-company" / "profile.yaml"
_RECORDS = 50
"""How many invoices a law keeps in each activity that one covers."""


def measure() -> dict[str, dict[str, Any]]:
    """Give the figures as {name: {value, unit, against, ratio}}."""
    profile, facts = make_case()
    ours, theirs = [], []
    with Postgres() as server, psycopg.connect(server.url.replace("+psycopg", ""), autocommit=True) as connection:
        for _ in range(ROUNDS):  # taken in turns, so that a busy moment of the machine meets both
            ours.append(statistics.median(decide_case(profile, facts) for _ in range(_CASES)))
            theirs.append(statistics.median(_ask_nothing(connection) for _ in range(_CASES)))
    decided, asked = (1000 * statistics.median(each) for each in (ours, theirs))
    return {
        "decide_case": {
            "value": round(decided, 3),
            "unit": f"ms to decide an erasure over {_ACTIVITIES} activities in {_SYSTEMS} systems",
            "against": f"a bare SELECT 1 and back on PostgreSQL: {asked:.3f} ms",
            "ratio": round(decided / asked, 2),
        }
    }


def make_case() -> tuple[Profile, Facts]:
    """Make a policy in which every basis, a law and a chain of systems take part, and a case about all of it."""
    sample = load_profile(_SAMPLE)
    text = sample.activities[0].title
    period = Retention(text, StartEvent.CONTRACT_END, Length(1, Unit.YEARS), Length(5, Unit.YEARS))
    bases = islice(cycle([*LegalBasis, LegalBasis.CONTRACT, LegalBasis.LEGITIMATE_INTERESTS]), _ACTIVITIES)
    activities = tuple(
        replace(
            sample.activity("orders"),
            name=f"activity_{number}",
            bases=(basis, LegalBasis.CONSENT) if number % 5 == 0 else (basis,),
            retention=period,
            keep=(KeptUnder("bookkeeping", ("invoice",) if number % 2 else ()),) if number % 3 == 0 else (),
            overriding=text if number % 7 == 0 else None,
        )
        for number, basis in enumerate(bases)
    )
    systems = tuple(
        replace(
            sample.system("shop"),
            name=f"system-{number}",
            activities=tuple(each.name for each in activities[number::2]),
            feeds=(f"system-{number - 1}",) if number else (),
        )
        for number in range(_SYSTEMS)
    )
    records = {"invoice": tuple(date(2014 + number % 13, 1 + number % 12, 1) for number in range(_RECORDS))}
    known = ActivityFacts(dates={StartEvent.CONTRACT_END: date(2026, 1, 31)}, records=records, holds_data=True)
    facts = Facts(
        date(2026, 11, 25), together=(Right.ACCESS,), activities=dict.fromkeys([a.name for a in activities], known)
    )
    return replace(sample, activities=activities, systems=systems), facts


def decide_case(profile: Profile, facts: Facts) -> float:
    """Decide the case once; return the seconds it took."""
    began = time.perf_counter()
    decide(profile, Right.ERASURE, facts)
    return time.perf_counter() - began


def _ask_nothing(connection: psycopg.Connection) -> float:
    began = time.perf_counter()
    connection.execute("SELECT 1").fetchone()
    return time.perf_counter() - began
