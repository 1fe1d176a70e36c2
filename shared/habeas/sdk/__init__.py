"""The promise to connector authors: this package needs the standard library and nothing else."""

from habeas.sdk.connector import Connector, require
from habeas.sdk.errors import Fault, Faults, HabeasError, NeedsPerson, Refused, TryLater, Waiting
from habeas.sdk.guard import MAX_ROWS, Guard
from habeas.sdk.records import (
    STEP,
    Attachment,
    Changed,
    Correction,
    Decided,
    Done,
    Health,
    Identified,
    Located,
    Mark,
    Record,
)
from habeas.sdk.secret import Secret, read_secret
from habeas.sdk.subject import Channel, Subject, fold_ascii
from habeas.sdk.values import Json, canonical_json, digest_of, plain
from habeas.sdk.words import Deed, Operation, Outcome

__all__ = [
    "MAX_ROWS", "STEP", "Attachment", "Changed", "Channel", "Connector", "Correction", "Decided", "Deed", "Done",
    "Fault", "Faults", "Guard", "HabeasError", "Health", "Identified", "Json", "Located", "Mark", "NeedsPerson",
    "Operation", "Outcome", "Record", "Refused", "Secret", "Subject", "TryLater", "Waiting", "canonical_json",
    "digest_of", "fold_ascii", "plain", "read_secret", "require",
]  # fmt: skip
