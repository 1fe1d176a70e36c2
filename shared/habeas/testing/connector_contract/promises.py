"""What a connector promises, and which test of the kit proves it."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

from habeas.sdk import Connector, Operation

Test = TypeVar("Test", bound=Callable[..., Any])


class Promise(StrEnum):
    """The promises that are proved on their own; those named like an operation are offered by whoever supports it."""

    CHECK = "check"
    CHANNELS = "channels"
    IDENTIFY = "identify"
    EXPORT = "export"
    LOCATE = "locate"
    RESUME = "resume"
    ERASE = "erase"
    REHEARSE = "rehearse"
    RECTIFY = "rectify"
    RESTRICT = "restrict"
    SUPPRESS = "suppress"
    DISCRETION = "discretion"
    FAULTS = "faults"
    ORDERS = "orders"


class Trouble(StrEnum):
    """What a system can be told to do wrong: the switches that the fixture `faults` may have, by their names."""

    SLOW = "slow"
    TOO_MANY_REQUESTS = "too_many_requests"
    SERVER_ERROR = "server_error"
    HALF_A_PAGE = "half_a_page"
    LIES_ABOUT_DELETING = "lies_about_deleting"
    SOMEONE_ELSES_ROW = "someone_elses_row"
    DRIFTED_SCHEMA = "drifted_schema"
    WRONG_TOKEN = "wrong_token"  # noqa: S105 -- the name of a fault
    REVOKED_SCOPE = "revoked_scope"


_OPERATIONS = frozenset(each.value for each in Operation)


@dataclass(frozen=True)
class Proving:
    """One test of the kit: what it proves, and whether it tries to break the promise rather than to use it."""

    promise: Promise
    hostile: bool
    test: Callable[..., Any]


PROVINGS: dict[str, Proving] = {}
"""Every test of the kit by its name."""


def proves(promise: Promise, *, hostile: bool = False) -> Callable[[Test], Test]:
    """Says of a test of the kit which promise it proves."""

    def register(test: Test) -> Test:
        PROVINGS[test.__name__] = Proving(promise, hostile, test)
        return test

    return register


def is_offered(promise: Promise, connector: Connector) -> bool:
    """Says whether a connector claims to keep this promise at all."""
    if promise is Promise.RESUME:
        return type(connector).resume is not Connector.resume
    if promise is Promise.REHEARSE:
        return Operation.ERASE in connector.supports
    return promise.value not in _OPERATIONS or Operation(promise.value) in connector.supports
