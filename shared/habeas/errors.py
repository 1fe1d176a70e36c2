"""Errors, sorted by what to do next; the tree is drawn in `habeas.sdk.errors`, where it begins."""

from habeas.sdk.errors import Fault, Faults, HabeasError, NeedsPerson, Refused, TryLater, Waiting

__all__ = ["Fault", "Faults", "HabeasError", "NeedsPerson", "Refused", "TryLater", "Waiting"]
