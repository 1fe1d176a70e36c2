"""Days as people read them: `Tue 10 March 2026 (in 12 days)`, in the language of the page."""

from datetime import date, datetime

from babel.dates import format_date, format_datetime
from flask import Flask
from flask_babel import get_locale, gettext, ngettext


def add_dates(app: Flask) -> None:
    """Give templates the filters `day`, `short_day`, `distance` and `moment`."""
    app.jinja_env.filters.update(day=day, short_day=short_day, distance=distance, moment=moment)


def day(value: date) -> str:
    """Return a day in words, with its weekday, so that nobody has to look it up."""
    return format_date(value, "EEE d MMMM y", locale=get_locale() or "en")


def short_day(value: date) -> str:
    """Return a day for a narrow column: `10 Mar 2026`."""
    return format_date(value, "d MMM y", locale=get_locale() or "en")


def moment(value: datetime) -> str:
    """Return a day and the time of day, in the zone that the instant carries: `Tue 10 March 2026, 14:05`."""
    return f"{day(value.date())}, {format_datetime(value, 'HH:mm', locale=get_locale() or 'en')}"


def distance(value: date, today: date) -> str:
    """Return how far a day is from today: `today`, `in 12 days`, `3 days ago`."""
    days = (value - today).days
    if days == 0:
        return str(gettext("today"))
    if days > 0:
        return str(ngettext("in %(num)d day", "in %(num)d days", days))
    return str(ngettext("%(num)d day ago", "%(num)d days ago", -days))
