"""From a controller's file and a person's facts to the clock, the decisions and the letter: five companies, each right.

The clock is intake's and the letter fulfilment's; here they meet, as they do in a case.
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from fulfilment.replies.test_decided_replies import known, profile_for, settled

from habeas.decisions import decide, read_facts
from habeas.vocabulary import Right
from habeas_fulfilment.replies import Dates, missing_parts, render_text, undemanded_parts
from habeas_fulfilment.replies.catalogue import languages
from habeas_intake.clocks import start_clock

RECEIVED = datetime(2026, 11, 24, 23, 30, tzinfo=UTC)
FACTS = Path(__file__).parents[3] / "examples/profiles/facts"
PEOPLE = {
    "dewesoft": "dewesoft-customer",
    "eci": "eci-customer",
    "infosoft": "infosoft-contact",
    "softmore": "softmore-former-customer",
    "softwerk": "softwerk-former-customer",
}
#: Received on 25 November 2026 where the controller is, but in London still on the 24th: the month ends with the same
#: date in December, and Christmas moves it to the next working day of the controller's country.
LAST_DAYS = {
    "dewesoft": "2026-12-28",  # Friday the 25th, Independence Day of Slovenia on Saturday the 26th, then a Sunday
    "eci": "2026-12-24",  # a working day in England
    "infosoft": "2026-12-28",  # the 25th and the 26th are holidays in Norway, then a Sunday
    "softmore": "2026-12-28",  # the 25th and the 26th are holidays in Sweden, then a Sunday
    "softwerk": "2026-12-28",
}


@pytest.mark.parametrize("right", Right)
@pytest.mark.parametrize("company", PEOPLE)
def test_every_right_at_every_company_ends_in_a_letter_in_time(
    desks: dict[str, Any], company: str, right: Right
) -> None:
    desk = desks[company]
    facts = known(desk, read_facts(FACTS / f"{PEOPLE[company]}.json"))
    profile = profile_for(desk, right, facts)
    clock = start_clock(profile, right, RECEIVED)
    assert clock.respond_by
    assert clock.refuse_by
    assert min(each.respond_by for each in clock.by_law.values() if each.respond_by).isoformat() == LAST_DAYS[company]
    assert clock.at_once == (right is Right.CONSENT_WITHDRAWAL)
    dates = Dates(clock.received_on, facts.today, clock.respond_by, clock.refuse_by)
    ruling = decide(profile, right, facts)
    assert [each.activity for each in ruling.decisions] == [each.name for each in profile.activities]
    for language in languages():
        reply = desk.write(settled(ruling), language, facts=facts, profile=profile, dates=dates)
        assert missing_parts(reply) == []
        assert undemanded_parts(reply) == []
        text = render_text(reply)
        assert profile.controller.authority.name in text
        assert profile.controller.name in text
