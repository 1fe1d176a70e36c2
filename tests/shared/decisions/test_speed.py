"""A case is decided in no time: what takes long is asking the systems, never the rules."""

from bench.decision import decide_case, make_case

ROUNDS = 20
#: Seconds. It takes less than one millisecond; what is left is for a machine that is busy with other things.
LIMIT = 0.005


def test_a_case_of_twenty_activities_in_ten_systems_is_decided_in_less_than_five_milliseconds() -> None:
    profile, facts = make_case()
    assert (len(profile.activities), len(profile.systems)) == (20, 10)
    assert sorted(decide_case(profile, facts) for _ in range(ROUNDS))[ROUNDS // 2] < LIMIT
