"""Sorts what the operating system says by what to do next; its own text names paths, which may name a person."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from habeas.sdk import NeedsPerson, TryLater


@contextmanager
def sorted_errors() -> Iterator[None]:
    """Raises NeedsPerson where this process lacks a right, TryLater for what else an archive cannot do now."""
    try:
        yield
    except PermissionError:
        raise NeedsPerson("a mailbox may not be read or changed by this process") from None
    except OSError as error:
        raise TryLater(f"the mail archive cannot be used now ({type(error).__name__})", timedelta(minutes=1)) from None
