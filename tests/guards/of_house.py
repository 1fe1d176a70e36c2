"""The guards of what all services share, and of fulfilment and notifier, by module."""

from tests.guards.guard import Guard, of

LETTERS = "tests/notifier/test_letters.py::"
DOWNLOAD = "tests/fulfilment/service/test_download.py::"
TEXTS = "tests/notifier/test_texts.py::"
FREEZING = "tests/fulfilment/service/test_freezing.py::"
STOPPING = "tests/fulfilment/limits/test_stopping.py::"
ASKING = "tests/fulfilment/limits/test_asking.py::"
APPROVALS = "tests/fulfilment/service/test_approvals.py::"
LADDER = "tests/shared/test_ladder.py::"
WARRANTS = "tests/shared/test_warrants.py::"
GRANTS = "tests/shared/test_grants.py::"
WEB_GRANTS = "tests/shared/test_web_grants.py::"
CONTROLLERS_OF_CALLERS = "tests/intake/test_controllers_of_callers.py::"
WEB_ACCESS = "tests/shared/test_web_access.py::"
AGENTS_OF_CONTROLLERS = "tests/identity/test_agents_of_controllers.py::"
WEB_ORIGIN = "tests/shared/test_web_origin.py::"
WEB_HEADERS = "tests/shared/test_web_headers.py::"
WEB_ESCAPING = "tests/shared/test_web_escaping.py::"
AUTHORISED_AGENTS = "tests/intake/test_authorised_agents.py::"
WEB_SERVING = "tests/shared/test_web_serving.py::"
QUOTAS = "tests/shared/test_quotas.py::"

GUARDS_OF_HOUSE: tuple[Guard, ...] = (
    *of(
        "habeas_notifier.letters",
        (
            (16,),
            "mail = EmailMessage()",
            "from email.policy import compat32\n\n    mail = EmailMessage(compat32)",
            LETTERS + "test_no_value_can_add_a_header",
        ),
        ((14,), 'autoescape=select_autoescape(["html"]),', "", LETTERS + "test_a_value_stands_in_the_html_as_text"),
    ),
    *of(
        "habeas_fulfilment.actions.orders",
        (
            (17, 23, 24, 25),
            "if case.frozen_at is not None and operation in DESTRUCTIVE | REVERSIBLE:",
            "if False:",
            FREEZING + "test_no_order_that_destroys_or_changes_is_given_in_a_frozen_case",
        ),
    ),
    *of(
        "habeas_fulfilment.permits",
        (
            (25,),
            "CaseFile.frozen_at.is_(None),",
            "",
            STOPPING + "test_a_frozen_case_stops_nothing_and_orders_nothing_until_it_thaws",
        ),
        (
            (30,),
            "for name, each in context.profiles.items() if name in mine}",
            "for name, each in context.profiles.items()}",
            ASKING + "test_a_key_for_another_controller_learns_nothing",
        ),
    ),
    *of(
        "habeas_fulfilment.actions.answers",
        (
            (17, 22),
            "if case is None or case.frozen_at is not None:",
            "if case is None:",
            FREEZING + "test_a_frozen_case_hands_nothing_out_until_it_thaws",
        ),
    ),
    *of(
        "habeas_fulfilment.actions.answers",
        (
            (22,),
            "if tx.session.get(UsedGrant, (grant, right)) is not None:",
            "if False:",
            DOWNLOAD + "test_a_ticket_opens_an_answer_once",
        ),
        ((22,), "each.times < downloads and ", "", DOWNLOAD + "test_a_package_is_handed_out_three_times_and_no_more"),
    ),
    *of(
        "habeas_notifier.texts",
        (
            (11,),
            "to_block < MOST_TO_A_BLOCK and ",
            "",
            TEXTS + "test_numbers_that_lie_side_by_side_get_so_many_texts_a_day",
        ),
        (
            (11,),
            " and tx.session.execute(lately).scalar_one() < MOST_IN_ALL",
            "",
            TEXTS + "test_all_numbers_together_get_so_many_texts_a_day",
        ),
    ),
    *of(
        "habeas_fulfilment.actions.progress",
        (
            (23,),
            " or not may_erase(tx, case, plan)",
            "",
            APPROVALS + "test_nothing_is_erased_before_the_time_to_call_it_back_is_over",
        ),
        (
            (17, 23),
            " or case.frozen_at is not None",
            "",
            FREEZING + "test_an_approved_plan_of_a_frozen_case_is_not_carried_out",
        ),
    ),
    *of(
        "habeas.profile.ladder",
        (
            (7, 17),
            "return max(best, _A2) if len(kinds) > 1 else best",
            "return max(best, _A2)",
            LADDER + "test_what_is_reached_is_the_best_proof_or_two_kinds_of_channel",
        ),
        (
            (23,),
            "Right.ERASURE: {Risk.LOW: _A2, Risk.ORDINARY: _A2,",
            "Right.ERASURE: {Risk.LOW: _A1, Risk.ORDINARY: _A1,",
            LADDER + "test_one_mailbox_never_destroys_and_never_changes_whatever_a_profile_says",
        ),
        (
            (24,),
            "Right.RECTIFICATION: {Risk.LOW: _A2, Risk.ORDINARY: _A2,",
            "Right.RECTIFICATION: {Risk.LOW: _A1, Risk.ORDINARY: _A1,",
            LADDER + "test_one_mailbox_never_destroys_and_never_changes_whatever_a_profile_says",
        ),
        (
            (25,),
            "Right.RESTRICTION: {Risk.LOW: _A1, Risk.ORDINARY: _A1,",
            "Right.RESTRICTION: {Risk.LOW: _A0, Risk.ORDINARY: _A0,",
            LADDER + "test_each_right_needs_what_the_table_says_for_each_risk",
        ),
    ),
    *of(
        "habeas.warrants",
        ((23,), "if _destroys(warrant):\n", "if False:\n", WARRANTS + "test_whatever_destroys_needs_an_approval"),
        (
            (23, 29),
            "people = {approval.agent for approval in approvals}",
            "people = approvals",
            WARRANTS + "test_two_people_are_two_people",
        ),
        (
            (17, 23),
            "proof.assurance < LEAST_ASSURANCE[warrant.operation]",
            "False",
            WARRANTS + "test_a_forged_warrant_is_refused",
        ),
    ),
    *of(
        "habeas.grants",
        (
            (7, 22),
            '"this grant was given to another browser": grant.browser != browser,',
            "",
            GRANTS + "test_a_grant_for_anything_else_is_refused",
        ),
        (
            (22,),
            '"this grant has expired": grant.expires <= now,',
            "",
            GRANTS + "test_a_grant_for_anything_else_is_refused",
        ),
        (
            (22,),
            '"this grant is for another purpose": grant.purpose != purpose,',
            "",
            GRANTS + "test_a_grant_for_anything_else_is_refused",
        ),
        (
            (30,),
            '"this grant is for another service": grant.service != service,',
            "",
            GRANTS + "test_a_grant_for_anything_else_is_refused",
        ),
        (
            (9, 30),
            '"this grant is for another case": (grant.case or None) != case and not _is_free(grant),',
            "",
            GRANTS + "test_a_grant_for_anything_else_is_refused",
        ),
        (
            (22,),
            '"this act needs a grant of its own": once and not grant.once,',
            "",
            GRANTS + "test_a_grant_for_anything_else_is_refused",
        ),
    ),
    *of(
        "habeas.web.guards",
        ((22,), "if has_ended(grant):", "if False:", WEB_GRANTS + "test_a_session_that_has_ended_is_refused_at_once"),
    ),
    *of(
        "habeas.web.access",
        (
            (30,),
            "return not self.controllers or controller in self.controllers",
            "return True",
            CONTROLLERS_OF_CALLERS + "test_a_case_of_another_is_told_as_one_that_is_not_there",
        ),
        (
            (30,),
            '    if access.kind != "everyone" and guard is None:\n',
            "    if False:\n",
            WEB_ACCESS + "test_an_app_does_not_start_with_a_route_that_cannot_be_guarded",
        ),
    ),
    *of(
        "habeas.web.doorkeeper",
        (
            (30,),
            'if access.kind == "agent" and not access.roles & found.roles:',
            "if False:",
            WEB_ACCESS + "test_an_agent_comes_in_with_one_of_the_roles_and_not_without",
        ),
        (
            (30,),
            "    _check_controller(guards, found, case)\n    g.caller = found\n",
            "    g.caller = found\n",
            AGENTS_OF_CONTROLLERS + "test_identitys_own_pages_show_a_case_to_those_who_work_for_its_controller",
        ),
        (
            (30,),
            "        _check_controller(guards, g.caller, case)\n",
            "",
            CONTROLLERS_OF_CALLERS + "test_a_key_that_was_narrowed_sees_the_cases_of_others_no_more",
        ),
        ((32,), "                _check_token()\n", "", WEB_ORIGIN + "test_a_change_without_its_token_is_refused"),
        ((32,), "                _check_origin()\n", "", WEB_ORIGIN + "test_where_a_change_comes_from_decides"),
        (
            (32,),
            "            turned_away = None if access.any_host else _check_host()\n",
            "            turned_away = None\n",
            WEB_ORIGIN + "test_another_name_for_this_server_is_led_to_the_portal",
        ),
        (
            (32,),
            "            _forget_cookies()\n",
            "            pass\n",
            WEB_ACCESS + "test_a_machine_shows_what_it_holds_and_no_cookie_reaches_it",
        ),
    ),
    *of(
        "habeas.web.headers",
        (
            (33,),
            '        headers["Cache-Control"] = "no-store"\n',
            "",
            WEB_HEADERS + "test_every_answer_carries_the_headers",
        ),
        ((33,), '        response.vary.add("Cookie")\n', "", WEB_HEADERS + "test_every_answer_carries_the_headers"),
        (
            (14,),
            "f\"script-src 'self' 'nonce-{nonce()}'\",",
            "\"script-src 'self' 'unsafe-inline'\",",
            WEB_HEADERS + "test_the_policy_lets_nothing_in_that_was_not_written_for_this_answer",
        ),
        (
            (13,),
            'f"attachment; filename=',
            'f"inline; filename=',
            WEB_HEADERS + "test_a_file_is_kept_and_never_opened_as_a_page",
        ),
    ),
    *of(
        "habeas.web.application",
        (
            (14,),
            '"autoescape": True',
            '"autoescape": False',
            WEB_ESCAPING + "test_no_hostile_text_becomes_anything_but_text",
        ),
        (
            (31,),
            "check_declarations(app, guards)",
            "pass",
            WEB_ACCESS + "test_an_app_does_not_start_with_a_route_that_cannot_be_guarded",
        ),
    ),
    *of(
        "habeas.web.api",
        (
            (31,),
            "unknown = RAISE",
            'unknown = "exclude"',
            AUTHORISED_AGENTS + "test_what_nobody_may_set_is_refused_by_its_name",
        ),
    ),
    *of(
        "habeas.web.serve",
        (
            (35,),
            "clear_untrusted_proxy_headers=True",
            "clear_untrusted_proxy_headers=False",
            WEB_SERVING + "test_only_the_trusted_proxy_says_who_came",
        ),
    ),
    *of(
        "habeas.web.addresses",
        (
            (35,),
            "if isinstance(read, IPv6Address) and read.ipv4_mapped is not None:",
            "if False:",
            QUOTAS + "test_an_address_is_counted_by_the_network_that_one_subscriber_has",
        ),
    ),
    *of(
        "habeas.work.quotas",
        (
            (10, 35),
            "sum(times for _, times in kept[quota.name, key]) >= quota.most",
            "False",
            QUOTAS + "test_a_quota_lets_so_many_through_and_again_when_the_window_has_passed",
        ),
    ),
)
