"""Which days are holidays: a pinned snapshot of what the library says, and days that a State has declared since.

The snapshot lies here and not in the package: the library is the source, and the snapshot only tells when a release of
it moves a deadline. `python tests/intake/test_laws_holidays.py` writes it anew, once somebody has looked why.
"""

import json
from datetime import date, timedelta
from pathlib import Path

import pytest

from habeas.profile.places import CALENDARS
from habeas.sdk.errors import Faults
from habeas_intake.laws.calendars import Calendars
from habeas_intake.laws.declared import read_declared
from habeas_intake.laws.us import FEDERAL

SNAPSHOT = Path(__file__).parent / "holidays_snapshot.json"
YEARS = range(2024, 2036)
PINNED = sorted(CALENDARS | {FEDERAL})


def free_weekdays(calendar: str, year: int) -> list[str]:
    known, first = Calendars(), date(year, 1, 1)
    days = (first + timedelta(days=n) for n in range((date(year + 1, 1, 1) - first).days))
    return [day.isoformat() for day in days if day.weekday() < 5 and not known.works_on(calendar, day)]


def write_snapshot() -> None:
    def line(calendar: str) -> str:
        years = ",\n".join(f'  "{year}": {json.dumps(free_weekdays(calendar, year))}' for year in YEARS)
        return f' "{calendar}": {{\n{years}\n }}'

    SNAPSHOT.write_text("{\n" + ",\n".join(line(calendar) for calendar in PINNED) + "\n}\n", encoding="utf-8")


def test_the_library_gives_the_days_of_the_snapshot() -> None:
    """A release that adds or drops a day fails here, so that somebody looks why before a deadline moves."""
    pinned = json.loads(SNAPSHOT.read_text(encoding="utf-8"))
    now = {calendar: {str(year): free_weekdays(calendar, year) for year in YEARS} for calendar in PINNED}
    moved = [
        f"{calendar} {day} is {'a holiday now' if day in now[calendar][year] else 'a holiday no more'}"
        for calendar, years in pinned.items()
        for year, days in years.items()
        for day in sorted(set(days) ^ set(now[calendar][year]))
    ]
    assert not moved, f"look why, then write the snapshot anew: {moved}"
    assert pinned.keys() == now.keys()


#: From the statutes, by hand: what makes each calendar differ from its neighbours'.
KNOWN = [
    ("SE", "2027-05-17", True),  # Whit Monday, no holiday since 2005
    ("NO", "2027-05-17", False),
    ("SE", "2026-06-19", True),  # midsommarafton: national procedure alone
    ("SE", "2026-12-24", True),
    ("SE", "2027-01-06", False),
    ("SI", "2027-01-06", True),
    ("SI", "2026-09-15", True),  # a state holiday on which people work
    ("SI", "2027-02-08", False),
    ("DE-BY", "2026-06-04", False),
    ("DE-BE", "2026-06-04", True),
    ("GB-ENG", "2026-04-06", False),
    ("GB-SCT", "2026-04-06", True),
    ("GB-NIR", "2027-07-12", False),
    ("GB-ENG", "2026-12-28", False),  # the substitute for Boxing Day, a Saturday
    ("SE", "2026-12-28", True),
    ("US", "2026-07-03", False),
    ("SE", "2026-03-08", False),  # a Sunday, which the library does not know for Sweden
]


@pytest.mark.parametrize(("calendar", "day", "works"), KNOWN)
def test_a_day_is_worked_on_as_the_statute_says(calendar: str, day: str, works: bool) -> None:
    assert Calendars().works_on(calendar, date.fromisoformat(day)) is works


def test_declared_days_are_read_from_yaml_and_json_alike() -> None:
    days = {"SE": frozenset({date(2026, 6, 19)}), "DE-BE": frozenset({date(2028, 6, 17), date(2028, 6, 19)})}
    assert read_declared("SE: [2026-06-19]\nDE-BE:\n- 2028-06-17\n- '2028-06-19'\n") == days
    assert read_declared('{"SE": ["2026-06-19"], "DE-BE": ["2028-06-17", "2028-06-19"]}') == days
    assert not Calendars(more=days).works_on("SE", date(2026, 6, 19))


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("SE: [2026-02-30]", ["SE[0]"]),
        ("SE: [2026-06-19, midsommar, 7]", ["SE[1]", "SE[2]"]),
        ("SE: 2026-06-19", ["SE"]),
        ("SE: [2026-06-19T00:00:00]", ["SE[0]"]),
        ("XX: [2026-06-19]\nDE: [2026-06-19]", ["XX", "DE"]),
        ("- 2026-06-19", ["the file"]),
        ("", ["the file"]),
        ("SE: [2026-06-19", ["line 1"]),
        ("SE: [2026-06-19]\nSE: [2026-12-24]", ["SE"]),
    ],
)
def test_a_declared_day_that_is_wrong_is_named_with_its_place(text: str, places: list[str]) -> None:
    with pytest.raises(Faults) as refused:
        read_declared(text)
    assert [fault.where for fault in refused.value.faults] == places


def test_the_days_of_whole_years_take_the_librarys_place_and_leave_other_years() -> None:
    known = Calendars(whole={"SE": {2026: frozenset({date(2026, 3, 10)})}})
    assert not known.works_on("SE", date(2026, 3, 10))
    assert known.works_on("SE", date(2026, 1, 1))
    assert not known.works_on("SE", date(2027, 1, 1))
    assert known.name_of("SE", date(2026, 3, 10)) == {"en": "a declared holiday", "sv": "en särskilt bestämd helgdag"}


if __name__ == "__main__":
    write_snapshot()
