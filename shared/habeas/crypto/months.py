"""Calendar months as keys are named by them: `YYYY-MM`, which sorts by time."""

import re
from datetime import UTC, datetime

_MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")


def month_of(at: datetime) -> str:
    """Name the month of a moment, in UTC."""
    return at.astimezone(UTC).strftime("%Y-%m")


def is_month(text: str) -> bool:
    """Say whether a text names a month."""
    return _MONTH.fullmatch(text) is not None


def add_months(month: str, count: int) -> str:
    """Name the month so many months after (or before, if negative) another."""
    total = int(month[:4]) * 12 + int(month[5:]) - 1 + count
    return f"{total // 12:04}-{total % 12 + 1:02}"


def end_of(month: str) -> datetime:
    """Give the first moment after a month, in UTC."""
    following = add_months(month, 1)
    return datetime(int(following[:4]), int(following[5:]), 1, tzinfo=UTC)
