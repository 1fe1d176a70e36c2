"""The three closed lists of words that a connector and the service speak."""

from enum import StrEnum


class Operation(StrEnum):
    """What a connector can be asked to do."""

    CHANNELS = "channels"
    IDENTIFY = "identify"
    LOCATE = "locate"
    EXPORT = "export"
    ERASE = "erase"
    RECTIFY = "rectify"
    RESTRICT = "restrict"
    SUPPRESS = "suppress"
    CHECK = "check"


class Outcome(StrEnum):
    """How one system's part of a case ended; `nothing` means that everything was searched and none was there."""

    FOUND = "found"
    NOTHING = "nothing"
    NOT_APPLICABLE = "not_applicable"
    WITHHELD = "withheld"
    FAILED = "failed"


class Deed(StrEnum):
    """What an erasure did to a class of records."""

    ERASED = "erased"
    ANONYMISED = "anonymised"
    KEPT = "kept"
    NEEDS_PERSON = "needs_person"
