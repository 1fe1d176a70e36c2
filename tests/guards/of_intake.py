"""The guards of intake, by module, with the cases that each keeps out and the test that misses it."""

from tests.guards.guard import Guard, of

HOLDING_PAGES = "tests/intake/test_holding_pages.py::"
HOLDING = "tests/intake/test_holding.py::"
CONTROLLERS_OF_CALLERS = "tests/intake/test_controllers_of_callers.py::"
ASSIGNMENTS = "tests/intake/test_assignments.py::"
AUTHORISED_AGENTS = "tests/intake/test_authorised_agents.py::"
INTAKE = "tests/intake/test_intake.py::"
STATUS = "tests/intake/test_status.py::"

GUARDS_OF_INTAKE: tuple[Guard, ...] = (
    *of(
        "habeas_intake.limits",
        (
            (10,),
            "if over is None:",
            "if True:",
            HOLDING + "test_what_goes_over_a_limit_is_held_and_what_does_not_is_not",
        ),
    ),
    *of(
        "habeas_intake.holding",
        (
            (10, 29),
            "if found.proposed_by == person:",
            "if False:",
            HOLDING + "test_a_flood_is_refused_by_two_people_and_not_by_one",
        ),
        (
            (30,),
            " or (of and found.controller not in of)",
            "",
            HOLDING_PAGES + "test_an_agent_of_another_company_sees_nothing_of_a_flood_and_does_nothing_about_it",
        ),
        (
            (30,),
            " and (not of or row.controller in of)",
            "",
            CONTROLLERS_OF_CALLERS + "test_the_holding_pen_shows_ones_own",
        ),
    ),
    *of(
        "habeas_intake.assignments",
        (
            (27,),
            "if reason not in set(ReadingReason):",
            "if False:",
            ASSIGNMENTS + "test_who_does_not_have_it_sees_where_it_stands_and_reads_only_for_a_reason",
        ),
        (
            (27,),
            'tx.record("case.revealed", case, agent=person,',
            "dict(agent=person,",
            ASSIGNMENTS + "test_who_has_a_case_reads_what_its_person_told_and_the_ledger_has_it",
        ),
        (
            (27,),
            "if found.assigned_to != by and not may_assign:",
            "if False:",
            ASSIGNMENTS + "test_a_case_is_handed_on_by_whoever_has_it_or_by_an_officer",
        ),
    ),
    *of(
        "habeas_intake.readings",
        (
            (27,),
            "each.others > max(FEW, TIMES * usual)",
            "False",
            ASSIGNMENTS + "test_who_is_marked_is_measured_by_the_others",
        ),
        (
            (30,),
            "        leaves = leaves.where(Leaf.case_id.in_(select(Case.id).where(Case.controller.in_(of))))\n",
            "        pass\n",
            CONTROLLERS_OF_CALLERS + "test_who_read_what_is_told_of_ones_own_cases",
        ),
    ),
    *of(
        "habeas_intake.authorised_agents",
        (
            (20,),
            "require_components=COVERED, ",
            "",
            AUTHORISED_AGENTS + "test_a_call_that_is_not_signed_for_just_this_opens_nothing",
        ),
        (
            (20,),
            "if not 0 < expires - created <= int((max_age or LIFE).total_seconds()):",
            "if False:",
            AUTHORISED_AGENTS + "test_a_call_that_is_not_signed_for_just_this_opens_nothing",
        ),
        (
            (20,),
            "< key.cases_a_day",
            "< 10_000",
            AUTHORISED_AGENTS + "test_a_flood_of_mandates_stops_at_the_agents_own_limit",
        ),
        (
            (20,),
            "if capacity == SELF and key.public_key:",
            "if False:",
            AUTHORISED_AGENTS + "test_an_agent_says_for_whom_it_asks_and_never_that_it_is_the_person",
        ),
    ),
    *of(
        "habeas_intake.api",
        ((20, 22), "use_signature(tx, signature)", "pass", AUTHORISED_AGENTS + "test_a_signed_call_is_good_once"),
        (
            (9, 30),
            " and (found.channel, found.opened_by, found.closed_to_agent) == mine",
            "",
            INTAKE + "test_another_programs_case_looks_like_none",
        ),
        (
            (30,),
            " if caller().may_work_for(name)",
            "",
            CONTROLLERS_OF_CALLERS + "test_a_key_opens_cases_for_its_own_controllers",
        ),
    ),
    *of(
        "habeas_intake.guards",
        (
            (30,),
            ", controllers=frozenset(key.controllers)",
            "",
            CONTROLLERS_OF_CALLERS + "test_a_key_that_was_narrowed_sees_the_cases_of_others_no_more",
        ),
    ),
    *of(
        "habeas_intake.queries",
        (
            (30,),
            "return [Case.controller.in_(controllers)] if controllers else []",
            "return []",
            CONTROLLERS_OF_CALLERS + "test_the_queue_counts_lists_and_finds_only_what_is_ones_own",
        ),
    ),
    *of(
        "habeas_intake.desk",
        (
            (30,),
            " or not caller().may_work_for(name)",
            "",
            CONTROLLERS_OF_CALLERS + "test_the_desk_opens_cases_for_ones_own",
        ),
    ),
    *of(
        "habeas_intake.status",
        ((9,), "if fits and within and kept", "if within and kept", STATUS + "test_what_does_not_fit_shows_nothing"),
        (
            (6, 9),
            "within = spend_all(tx.session, tried, tx.now) is None",
            "within = True",
            STATUS + "test_guessing_is_counted_by_place_and_by_reference",
        ),
    ),
)
