"""How often somebody may ask identity for something; `habeas.work.quotas` counts it."""

from datetime import timedelta

from habeas.work.quotas import Quota

PROVING_MAILS = Quota("codes to an address to prove", 3, timedelta(days=1))
"""What a stranger can make us send to an address that they know."""
RELEASING_MAILS = Quota("codes to an address to release", 3, timedelta(days=1))
"""Counted apart: these go only to whoever has proved the case, and a day of many cases must not keep an answer back."""
CONTESTING_MAILS = Quota("codes to an address to contest", 3, timedelta(days=1))
"""Counted apart likewise: whoever keeps an address busy must not keep its owner from saying that it was them."""
ASKED_BY_BROWSER = Quota("codes asked by a browser", 10, timedelta(hours=1))
ASKED_FOR_CASE = Quota("codes asked for a case", 10, timedelta(hours=1))
ASKED_FROM_NETWORK = Quota("codes asked from a network", 300, timedelta(hours=1))
"""What a browser that throws its cookie away, in cases that nobody opened, can make us note."""
TRIED_IN_CASE = Quota("codes tried in a case", 60, timedelta(hours=1))
"""More than all codes that a case gets in an hour can be tried."""
SIGN_INS_OF_ACCOUNT = Quota("sign-ins of an account", 5, timedelta(minutes=15))
SIGN_INS_FROM_ADDRESS = Quota("sign-ins from an address", 60, timedelta(minutes=15))
SIGN_INS_BEGUN = Quota("sign-ins elsewhere begun in a browser", 20, timedelta(hours=1))
SIGN_INS_BEGUN_FROM_NETWORK = Quota("sign-ins elsewhere begun from a network", 300, timedelta(hours=1))
"""What a browser that throws its cookie away can make us note."""


def codes_of_case(per_hour: int) -> Quota:
    """Return how many codes one case may get, as its controller's profile has it."""
    return Quota("codes of a case", per_hour, timedelta(hours=1))
