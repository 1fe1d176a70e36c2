"""Finds a law's clock by its name or by what else it is called, among all that are installed."""

import re

from habeas import plugins
from habeas.errors import Fault, Faults
from habeas_intake.laws.law import Law

GROUP = "habeas.laws"


def find_law(called: str) -> Law:
    """The law of that name (`us-va`) or alias (`VCDPA`, in any case); raises Faults for one that nobody installed."""
    if called in plugins.names(GROUP):
        law: Law = plugins.load(GROUP, called)
        return law
    for name in plugins.names(GROUP):
        law = plugins.load(GROUP, name)
        if _folded(called) in map(_folded, (law.name, *law.aliases)):
            return law
    raise Faults([Fault("law", f"no law is called {called!r}", f"one of {', '.join(plugins.names(GROUP))}")])


def _folded(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())
