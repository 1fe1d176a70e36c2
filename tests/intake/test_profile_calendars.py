"""What a profile may name, the law can count by."""

from habeas.profile.places import CALENDARS
from habeas_intake.laws.calendars import check_calendar


def test_every_calendar_of_a_profile_is_known_to_the_law() -> None:
    for calendar in sorted(CALENDARS):
        check_calendar(calendar)
