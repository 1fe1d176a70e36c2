# long because it is one table, which one reads next to the list of abuse cases
"""The guards of identity, by module, with the cases that each keeps out and the test that misses it."""

from tests.guards.guard import Guard, of

SECOND_PROOF = "tests/identity/test_second_proof.py::"
FREEZING = "tests/identity/test_freezing.py::"
MANDATES = "tests/identity/test_mandates.py::"
PROOFS_THAT_DO_NOT_COUNT = "tests/identity/test_proofs_that_do_not_count.py::"
ADDRESSES = "tests/identity/test_addresses.py::"
PAGES = "tests/identity/test_pages.py::"
CHALLENGES = "tests/identity/test_challenges.py::"
LOOK_ALIKES = "tests/identity/test_look_alikes.py::"
MATCHING = "tests/identity/test_matching.py::"
CLAIMS = "tests/identity/test_claims.py::"
TOKENS = "tests/identity/test_tokens.py::"
AGENTS = "tests/identity/test_agents.py::"
AGENTS_CONFIRMING = "tests/identity/test_agents_confirming.py::"
PASSKEYS = "tests/identity/test_passkeys.py::"
AGENTS_OF_CONTROLLERS = "tests/identity/test_agents_of_controllers.py::"
AGENTS_ACCOUNTS = "tests/identity/test_agents_accounts.py::"
EVIDENCE = "tests/identity/test_evidence.py::"
EVIDENCE_PAGES = "tests/identity/test_evidence_pages.py::"
OPENID_HOSTILE = "tests/identity/test_openid_hostile.py::"
OPENID = "tests/identity/test_openid.py::"
SIGN_IN_AGENTS = "tests/identity/test_sign_in_agents.py::"
SIGN_IN_SUBJECTS = "tests/identity/test_sign_in_subjects.py::"
EVIDENCE_SCANNING = "tests/identity/test_evidence_scanning.py::"
ASSERTIONS = "tests/identity/test_assertions.py::"
CALL_BACKS = "tests/identity/test_call_backs.py::"
WHO_ASKS = "tests/identity/test_who_asks.py::"

GUARDS_OF_IDENTITY: tuple[Guard, ...] = (
    *of(
        "habeas_identity.given",
        (
            (7, 17),
            "return self.reached >= self.needed",
            "return True",
            SECOND_PROOF + "test_a_mailbox_alone_proves_nothing_that_releases_or_destroys",
        ),
        ((7, 22), "GivenProof.browser == browser,", "", SECOND_PROOF + "test_two_proofs_of_two_browsers_do_not_add_up"),
        (
            (22,),
            "GivenProof.given_at > tx.now - FRESH,",
            "",
            SECOND_PROOF + "test_the_first_proof_waits_fifteen_minutes_for_the_second",
        ),
        (
            (22,),
            "GivenProof.used_at.is_(None),",
            "",
            SECOND_PROOF + "test_handing_out_asks_for_both_again_and_uses_them_up",
        ),
        (
            (7,),
            "GivenProof.purpose == purpose.value,",
            "",
            SECOND_PROOF + "test_handing_out_asks_for_both_again_and_uses_them_up",
        ),
        (
            (17,),
            "if is_frozen(tx, claim.case) is not (purpose is Purpose.CONTEST):",
            "if False:",
            PROOFS_THAT_DO_NOT_COUNT + "test_no_proof_of_whatever_kind_counts_in_a_case_that_stands_still",
        ),
        (
            (20,),
            "if now.enough and waits_for_mandate(tx, claim.case):",
            "if False:",
            MANDATES + "test_a_mandate_that_its_person_confirms_proves_the_case",
        ),
        (
            (4, 24),
            "return max(needed, Assurance.A2)\n",
            "return needed\n",
            PROOFS_THAT_DO_NOT_COUNT + "test_what_one_mailbox_was_enough_for_changes_no_address",
        ),
        (
            (17,),
            "return max(needed, Assurance.A2, ladder.needed(",
            "return max(needed, ladder.needed(",
            FREEZING + "test_a_mailbox_alone_never_contests_even_where_it_was_enough_to_ask",
        ),
        (
            (17,),
            "tx.session.merge(Visit(case=claim.case, browser=browser, until=tx.now + VISIT))",
            "tx.session.merge(Visit(case=claim.case, browser=browser, until=tx.now + 9 * VISIT))",
            PAGES + "test_the_browser_that_proved_comes_back_for_half_an_hour",
        ),
    ),
    *of(
        "habeas_identity.challenges",
        (
            (11,),
            'if method not in ("", first) and not _has_given(tx, claim.case, purpose, browser, first):',
            "if False:",
            SECOND_PROOF + "test_nobody_can_have_a_phone_ring_before_the_mailbox_was_shown",
        ),
        (
            (5, 7),
            ", Challenge.browser == browser",
            "",
            CHALLENGES + "test_a_code_fits_its_own_case_browser_and_purpose_and_no_other",
        ),
        (
            (7,),
            "Challenge.case == case, ",
            "",
            CHALLENGES + "test_a_code_fits_its_own_case_browser_and_purpose_and_no_other",
        ),
        (
            (7,),
            ", Challenge.purpose == purpose.value",
            "",
            CHALLENGES + "test_a_code_fits_its_own_case_browser_and_purpose_and_no_other",
        ),
        ((6,), "Challenge.consumed_at.is_(None),", "", CHALLENGES + "test_a_code_is_good_once"),
        ((6,), "Challenge.tries < Challenge.most_tries,", "", CHALLENGES + "test_five_tries_are_all_there_are"),
        ((6,), "Challenge.expires_at > tx.now,", "", CHALLENGES + "test_a_code_lives_ten_minutes"),
        (
            (6,),
            "Challenge.mark == _mark(tx, newest, code)",
            "Challenge.mark != b''",
            CHALLENGES + "test_five_tries_are_all_there_are",
        ),
        (
            (6,),
            "Challenge.issued_at.desc(), Challenge.id.desc()",
            "Challenge.channel.is_(None), Challenge.id",
            CHALLENGES + "test_only_the_newest_code_counts",
        ),
        ((7, 22), 'claim.state != "proved"', "False", CHALLENGES + "test_an_answer_is_released_only_after_a_proof"),
        (
            (6,),
            "if not spend(tx.session, codes_of_case(policy.codes_per_hour), counted, tx.now):",
            "if False:",
            CHALLENGES + "test_asking_beyond_the_cap_of_a_case_leaves_its_newest_code_good",
        ),
        (
            (11,),
            " or not spend(tx.session, _MAILS[purpose], channel.recipient, tx.now)",
            "",
            CHALLENGES + "test_an_address_gets_three_codes_a_day_from_strangers_over_all_cases",
        ),
        (
            (11,),
            " or not spend(tx.session, PROVING_MAILS, channel.recipient, tx.now)",
            "",
            CHALLENGES + "test_an_address_is_invited_no_more_often_than_it_gets_codes",
        ),
        (
            (17,),
            "if (frozen is not None) is not (purpose is Purpose.CONTEST) or (frozen and frozen.by == WITHDRAWN):",
            "if False:",
            PROOFS_THAT_DO_NOT_COUNT + "test_no_code_goes_out_in_a_case_that_stands_still",
        ),
        (
            (8,),
            "        keep_decoy(tx, claim, purpose, browser)\n",
            "",
            CHALLENGES + "test_beyond_the_cap_the_old_code_is_replaced_by_one_that_nobody_has",
        ),
    ),
    *of(
        "habeas_identity.matching",
        (
            (2, 3),
            "return any(fold_ascii(value) == fold_ascii(each) for each in claimed.get(name, ()))",
            (
                "import unicodedata as u\n\n    fold = lambda text: u.normalize('NFKC', text).casefold()\n"
                "    return any(fold(value) == fold(each) for each in claimed.get(name, ()))"
            ),
            LOOK_ALIKES + "test_a_look_alike_gets_no_code_no_link_and_no_data",
        ),
        (
            (2, 3),
            "if record.agreements(claimed)]",
            "]",
            LOOK_ALIKES + "test_every_look_alike_and_variant_is_another_address",
        ),
        (
            (17,),
            "return local in SHARED_MAILBOXES or local in {fold_ascii(each) for each in shared}",
            "return False",
            MATCHING + "test_a_mailbox_that_several_people_read_is_for_a_person",
        ),
        (
            (18,),
            "return same and not (self.kind == other.kind == EMAIL and self.value != other.value)",
            "return True",
            MATCHING + "test_two_people_who_share_a_mailbox_are_for_a_person_to_tell_apart",
        ),
        (
            (18,),
            "if record.agreements(proved) and not record.contradicts(proved)",
            "",
            MATCHING + "test_another_system_adds_a_phone_only_by_what_is_proved",
        ),
        (
            (18,),
            "if not all(record.may_be(other) for record in agreeing for other in agreeing):",
            "if False:",
            MATCHING + "test_two_people_who_share_a_mailbox_are_for_a_person_to_tell_apart",
        ),
        (
            (1, 18),
            " if not record.contradicts(claimed)",
            "",
            MATCHING + "test_a_claim_that_the_record_contradicts_is_for_a_person",
        ),
        (
            (1,),
            " if each.kind in (EMAIL, SMS)",
            "",
            MATCHING + "test_what_is_neither_mailbox_nor_phone_is_not_written_to",
        ),
        (
            (34,),
            "return bool(record.agreements(claimed)) and not record.contradicts(claimed)",
            "return True",
            MATCHING + "test_what_another_party_vouches_for_has_to_fit_the_claim",
        ),
    ),
    *of(
        "habeas_identity.actions",
        (
            (10,),
            "if opened.held:",
            "if False:",
            CLAIMS + "test_of_a_held_case_nobody_is_asked_before_it_is_let_through",
        ),
        (
            (18,),
            "Subject({name: tuple(values) for name, values in identifiers.items()})",
            "pass",
            CLAIMS + "test_what_could_mean_everybody_is_never_searched_by",
        ),
        (
            (19, 21),
            "if claim.capacity in FOR_A_PERSON:",
            "if False:",
            MANDATES + "test_a_guardian_and_an_estate_go_to_a_person_and_nothing_is_sent",
        ),
        (
            (20,),
            "if opened.capacity == AUTHORISED:",
            "if False:",
            MANDATES + "test_even_what_needs_no_proof_is_asked_where_somebody_acts",
        ),
        (
            (8,),
            "    keep_decoy(tx, claim, Purpose.PROVE, claim.browser)\n",
            "",
            CHALLENGES + "test_a_stranger_has_a_challenge_that_no_code_meets",
        ),
    ),
    *of(
        "habeas_identity.stored_addresses",
        (
            (1,),
            "if asked.outcome not in (None, Outcome.FAILED):",
            "if False:",
            CLAIMS + "test_a_system_that_held_nothing_holds_nothing_a_moment_later",
        ),
    ),
    *of(
        "habeas_identity.proving",
        ((22,), " and visit.until > tx.now", "", PAGES + "test_the_browser_that_proved_comes_back_for_half_an_hour"),
        (
            (7, 17),
            " or not standing(tx, claim, Purpose.RELEASE, browser).enough",
            "",
            SECOND_PROOF + "test_handing_out_asks_for_both_again_and_uses_them_up",
        ),
        (
            (22,),
            "use_up(tx, case, Purpose.RELEASE, browser)",
            "pass",
            SECOND_PROOF + "test_handing_out_asks_for_both_again_and_uses_them_up",
        ),
        (
            (6,),
            "if not spend(tx.session, TRIED_IN_CASE, case, tx.now):",
            "if False:",
            TOKENS + "test_a_case_takes_no_more_tries_than_its_codes_have",
        ),
        (
            (10,),
            "if spend_all(tx.session, wanted, tx.now) is None:",
            "if True:",
            PAGES + "test_asking_again_and_again_is_silently_stopped",
        ),
    ),
    *of(
        "habeas_identity.sessions",
        ((22,), " or session.browser != browser", "", AGENTS + "test_a_session_is_bound_to_its_browser"),
        ((22,), "session.ended_at is not None or ", "", AGENTS + "test_signing_out_ends_the_session_in_every_service"),
        ((22,), " or until <= tx.now", "", AGENTS + "test_a_session_ends_after_half_an_hour_without_a_visit"),
        (
            (22,),
            "return session.authenticated_at + FRESH",
            "return session.authenticated_at + LONGEST",
            AGENTS_CONFIRMING + "test_a_session_is_fresh_for_a_quarter_of_an_hour",
        ),
        (
            (22,),
            "if session.method == Method.PASSWORD and has_better(tx, session.agent):",
            "if False:",
            PASSKEYS + "test_whoever_has_a_passkey_confirms_by_no_password",
        ),
        (
            (22,),
            "if found.ended_at is not None:",
            "if False:",
            AGENTS_CONFIRMING + "test_a_session_that_is_over_is_not_stepped_up",
        ),
    ),
    *of(
        "habeas_identity.agents",
        (
            (6,),
            " or not spend(tx.session, SIGN_INS_OF_ACCOUNT, account, tx.now)",
            "",
            AGENTS + "test_an_account_is_tried_five_times_in_a_quarter_of_an_hour_there_or_not",
        ),
        (
            (6,),
            'return spend(tx.session, SIGN_INS_FROM_ADDRESS, blind(tx, "address", prefix_of(address)), tx.now)',
            "return True",
            AGENTS + "test_an_address_that_tries_many_accounts_is_slowed_down",
        ),
        (
            (30,),
            "*_faults_of_roles(roles), *_faults_of_controllers(tx, controllers)]",
            "*_faults_of_roles(roles)]",
            AGENTS_OF_CONTROLLERS + "test_nobody_works_for_a_controller_that_is_not_there",
        ),
    ),
    *of(
        "habeas_identity.account_pages",
        (
            (22,),
            '    if not _is_fresh(signed_in):\n        return ask_to_confirm(f"{HERE}/new")\n',
            "",
            AGENTS_ACCOUNTS + "test_accounts_are_changed_only_after_a_fresh_look",
        ),
        (
            (30,),
            "return not mine or (bool(controllers) and mine.issuperset(controllers))",
            "return True",
            AGENTS_OF_CONTROLLERS + "test_an_administrator_of_one_controller_keeps_the_accounts_of_that_one",
        ),
    ),
    *of(
        "habeas_identity.approvals",
        ((29,), " or AgentRole.APPROVER not in approver.roles", "", AGENTS + "test_nobody_but_an_approver_may_approve"),
        (
            (29,),
            '"person": approver.person,',
            '"person": agent,',
            AGENTS + "test_a_person_approves_a_plan_once_by_however_many_accounts",
        ),
    ),
    *of(
        "habeas_identity.used_grants",
        (
            (22,),
            "if done.first() is None:",
            "if False:",
            AGENTS_CONFIRMING + "test_a_grant_for_an_act_is_used_up_by_one_of_many_at_once",
        ),
    ),
    *of(
        "habeas_identity.tickets",
        (
            (22,),
            "return find_session_of(tx, grant.session) is None",
            "return False",
            AGENTS + "test_signing_out_ends_the_session_in_every_service",
        ),
        (
            (30,),
            "        controllers=signed_in.controllers,\n",
            "",
            AGENTS_OF_CONTROLLERS + "test_a_grant_says_for_which_controllers_its_agent_works",
        ),
        (
            (30,),
            "Claim.controller",
            "Claim.case",
            AGENTS_OF_CONTROLLERS + "test_identitys_own_pages_show_a_case_to_those_who_work_for_its_controller",
        ),
    ),
    *of(
        "habeas_identity.looks",
        (
            (30,),
            "controllers=signed_in.controllers,",
            "controllers=(),",
            AGENTS_OF_CONTROLLERS + "test_the_ticket_of_a_look_says_it_too",
        ),
        ((13, 22), ", EvidenceLook.used_at.is_(None)", "", EVIDENCE + "test_a_look_is_good_once_and_for_five_minutes"),
        (
            (13, 22),
            ", EvidenceLook.minted_at > tx.now - LIFE",
            "",
            EVIDENCE + "test_a_look_is_good_once_and_for_five_minutes",
        ),
        (
            (27,),
            'tx.record("evidence.read", found.case, evidence=evidence, page=page, agent=agent, reason=reason)',
            "pass",
            EVIDENCE + "test_the_ledger_says_who_looked_at_what_kind_and_never_what_was_in_it",
        ),
        (
            (22,),
            "if find_session_of(tx, grant.session) is None:",
            "if False:",
            EVIDENCE_PAGES + "test_a_ticket_is_worth_nothing_when_its_session_is_over",
        ),
    ),
    *of(
        "habeas_identity.id_tokens",
        ((34,), "if header.keys() - _HEADERS:", "if False:", OPENID_HOSTILE + "test_no_forged_token_lets_in"),
        (
            (34,),
            'if claims.get("aud") not in (demand.client_id, [demand.client_id]):',
            "if False:",
            OPENID_HOSTILE + "test_no_forged_token_lets_in",
        ),
        (
            (34,),
            'if demand.acr and claims.get("acr") not in demand.acr:',
            "if False:",
            OPENID_HOSTILE + "test_no_forged_token_lets_in",
        ),
        (
            (22, 34),
            'if demand.max_age is not None and not _is_fresh(claims.get("auth_time"), demand.max_age, now):',
            "if False:",
            OPENID_HOSTILE + "test_no_forged_token_lets_in",
        ),
    ),
    *of(
        "habeas_identity.openid",
        (
            (34,),
            'if told.get("sub") != subject:',
            "if False:",
            OPENID_HOSTILE + "test_userinfo_about_somebody_else_counts_for_nobody",
        ),
        (
            (34,),
            'if told.get("issuer") != self.provider.issuer:',
            "if False:",
            OPENID + "test_a_provider_that_is_not_what_it_should_be_is_refused",
        ),
    ),
    *of(
        "habeas_identity.sign_ins",
        (
            (7,),
            "            BegunSignIn.browser == browser,\n",
            "",
            SIGN_IN_SUBJECTS + "test_what_is_brought_without_a_state_of_this_browser_changes_nothing",
        ),
        (
            (22,),
            "BegunSignIn.used_at.is_(None),",
            "",
            PROOFS_THAT_DO_NOT_COUNT + "test_a_browser_comes_back_from_a_provider_once_and_within_ten_minutes",
        ),
        (
            (7,),
            "BegunSignIn.expires_at > tx.now,",
            "",
            PROOFS_THAT_DO_NOT_COUNT + "test_a_browser_comes_back_from_a_provider_once_and_within_ten_minutes",
        ),
        (
            (34,),
            "if not agrees(open_claim(tx, claim), identifiers):",
            "if False:",
            SIGN_IN_SUBJECTS + "test_what_does_not_fit_is_told_in_the_same_words_as_an_unknown_case",
        ),
        (
            (34,),
            "and (theirs not in _VERIFIED or claims.get(_VERIFIED[theirs]) is True)",
            "",
            SIGN_IN_SUBJECTS + "test_a_claim_counts_as_the_provider_vouches_for_it",
        ),
    ),
    *of(
        "habeas_identity.links",
        (
            (29,),
            "if holder.disabled_at is None:",
            "if False:",
            SIGN_IN_AGENTS + "TestLinks::test_one_person_has_one_account",
        ),
        (
            (29,),
            "_be_one_person(tx, agent.person, holder.person)",
            "pass",
            SIGN_IN_AGENTS + "TestLinks::test_a_new_account_of_the_same_person_approves_no_second_time",
        ),
    ),
    *of(
        "habeas_identity.passkeys",
        (
            (7,),
            "credential_current_sign_count=passkey.uses,\n            require_user_verification=True,",
            "credential_current_sign_count=passkey.uses,\n            require_user_verification=False,",
            PASSKEYS + "test_nobody_signs_in_by_an_answer_that_is_wrong",
        ),
        (
            (29,),
            "if found is None or (agent is not None and found.agent != agent):",
            "if found is None:",
            PASSKEYS + "test_nobody_confirms_by_the_passkey_of_somebody_else",
        ),
    ),
    *of(
        "habeas_identity.ceremonies",
        (
            (7,),
            "PasskeyChallenge.browser == answer.browser,",
            "",
            PASSKEYS + "test_an_answer_is_taken_in_the_browser_that_asked_and_in_no_other",
        ),
        ((22,), "PasskeyChallenge.used_at.is_(None),", "", PASSKEYS + "test_an_answer_is_taken_once"),
        (
            (29,),
            "PasskeyChallenge.act == act,",
            "",
            PASSKEYS + "test_a_challenge_for_one_purpose_is_good_for_no_other",
        ),
    ),
    *of(
        "habeas_identity.enrollments",
        (
            (7,),
            "elif account.ways_in:",
            "elif False:",
            PASSKEYS + "test_a_code_is_no_way_around_a_passkey_that_is_there",
        ),
        (
            (6,),
            "            Enrollment.used_at.is_(None),\n",
            "",
            PASSKEYS + "test_an_enrollment_code_is_good_once_for_half_an_hour_and_for_its_own_account",
        ),
    ),
    *of(
        "habeas_identity.evidence",
        (
            (26,),
            "if not has_looked(tx, evidence, agent):",
            "if False:",
            EVIDENCE + "test_whoever_has_not_looked_decides_nothing",
        ),
        (
            (12,),
            '    destroy(tx, found)\n    tx.record("evidence.decided"',
            '    tx.record("evidence.decided"',
            EVIDENCE + "test_a_letter_is_cleaned_looked_at_and_destroyed",
        ),
        ((12,), "+ size > LIMITS.bytes_a_day", "< 0", EVIDENCE + "test_a_case_takes_so_many_bytes_a_day"),
        (
            (10, 12),
            "if spend_all(tx.session, wanted, tx.now) is not None:",
            "if False:",
            EVIDENCE + "test_a_case_takes_so_many_files_a_day_and_no_more_at_once",
        ),
    ),
    *of(
        "habeas_identity.evidence_pages",
        (
            (28,),
            'page = mark(_read_page(context, found), f"{found.agent}  {now:%Y-%m-%d %H:%M} UTC")',
            "page = _read_page(context, found)",
            EVIDENCE_PAGES + "test_a_page_that_is_handed_out_bears_who_fetched_it",
        ),
        (
            (13,),
            "if request.host.lower() != urlsplit(context.settings.download_url).netloc.lower():",
            "if False:",
            EVIDENCE_PAGES + "test_a_page_is_handed_out_once_as_a_file_from_the_other_origin",
        ),
    ),
    *of(
        "habeas_identity.washing",
        (
            (12,),
            "if not is_clean(str(context.settings.scanner), data):",
            "if False:",
            EVIDENCE_SCANNING + "test_what_the_scanner_knows_is_destroyed_unseen",
        ),
    ),
    *of(
        "habeas_identity.freezing",
        ((17,), ", StopCode.mark == mark", "", FREEZING + "test_a_wrong_stop_code_stops_nothing"),
        ((17,), ", StopCode.expires_at > tx.now", "", FREEZING + "test_a_stop_code_counts_for_sixty_days"),
        (
            (6,),
            " or not within",
            "",
            FREEZING + "test_five_tries_an_hour_are_had_from_one_place_and_a_guesser_locks_nobody_out",
        ),
        (
            (17, 22),
            "    tx.session.flush()\n    drop_shown(tx, claim.case)\n",
            "    tx.session.flush()\n",
            FREEZING + "test_what_was_shown_in_a_frozen_case_counts_no_more",
        ),
        (
            (17,),
            "if other is None or is_frozen(tx, claim.case):",
            "if True:",
            FREEZING + "test_a_case_that_is_opened_later_for_the_same_person_is_frozen_likewise",
        ),
    ),
    *of(
        "habeas_identity.thawing",
        (
            (29,),
            "if frozen.proposed_by == person:",
            "if False:",
            FREEZING + "test_two_people_thaw_a_case_and_the_ledger_says_who",
        ),
        (
            (26,),
            "if frozen.proposed_by is None:",
            "if False:",
            FREEZING + "test_two_people_thaw_a_case_and_the_ledger_says_who",
        ),
    ),
    *of(
        "habeas_identity.addresses",
        (
            (4,),
            "change.hold_until > tx.now or ",
            "",
            PROOFS_THAT_DO_NOT_COUNT + "test_nobody_ends_a_hold_before_its_time",
        ),
        (
            (4, 24),
            "not _may(tx, claim, browser)",
            "False",
            PROOFS_THAT_DO_NOT_COUNT + "test_what_one_mailbox_was_enough_for_changes_no_address",
        ),
        (
            (6,),
            " or change.tries >= policy_of(tx, claim).tries",
            "",
            ADDRESSES + "test_a_new_address_is_sent_three_codes_a_day_and_may_be_tried_five_times",
        ),
        (
            (4,),
            "if not hmac.compare_digest(change.mark, _mark(tx, change.id, code)):",
            "if False:",
            ADDRESSES + "test_nothing_of_a_case_ever_goes_to_an_address_that_was_not_shown_and_held[sqlite-wrong_code]",
        ),
        (
            (4, 7),
            " or change.browser != browser",
            "",
            ADDRESSES + "test_nothing_of_a_case_ever_goes_to_an_address_that_was_not_shown_and_held",
        ),
        (
            (11,),
            "if spend_all(tx.session, [(CODES_TO_NEW, recipient), (CODES_OF_CHANGES, case)], tx.now) is not None:",
            "if False:",
            ADDRESSES + "test_a_new_address_is_sent_three_codes_a_day_and_may_be_tried_five_times",
        ),
    ),
    *of(
        "habeas_identity.assertions",
        (
            (34,),
            "Ed25519PublicKey.from_public_bytes(read_base64(asserter.public_key)).verify(signed, said)",
            "pass",
            ASSERTIONS + "test_an_assertion_that_is_not_good_leaves_the_case_open_and_says_why",
        ),
        (
            (34,),
            '"is for another portal": assertion.audience != portal,',
            "",
            ASSERTIONS + "test_an_assertion_that_is_not_good_leaves_the_case_open_and_says_why",
        ),
        (
            (34,),
            '"has expired": assertion.expires <= now,',
            "",
            ASSERTIONS + "test_an_assertion_that_is_not_good_leaves_the_case_open_and_says_why",
        ),
        (
            (34,),
            '"is about somebody else than the case": not agrees(claimed, assertion.identifiers),',
            "",
            ASSERTIONS + "test_an_assertion_that_is_not_good_leaves_the_case_open_and_says_why",
        ),
        ((22,), "        _use(tx, assertion)\n", "", ASSERTIONS + "test_an_assertion_is_taken_once"),
    ),
    *of(
        "habeas_identity.mandates",
        (
            (20,),
            " or (given and not asked.enough)",
            "",
            MANDATES + "test_a_yes_takes_all_that_the_case_needs_and_a_no_the_mailbox_alone",
        ),
        ((20,), " or asked.given is not None", "", MANDATES + "test_a_no_closes_the_case_whatever_is_shown_later"),
    ),
    *of(
        "habeas_identity.call_backs",
        ((6, 26), "CallBack.tries < MOST_TRIES,", "", CALL_BACKS + "test_a_code_is_guessed_at_three_times_and_no_more"),
        ((26,), "CallBack.expires_at > tx.now,", "", CALL_BACKS + "test_a_code_lapses_with_the_proof_beside_it"),
        (
            (26,),
            "CallBack.mark == _mark(tx, call, code)",
            "CallBack.mark != b''",
            CALL_BACKS + "test_an_agent_without_the_code_proves_nothing",
        ),
        (
            (26, 27),
            "find_call(tx, case) is None or ",
            "",
            CALL_BACKS + "test_no_number_is_shown_where_nobody_wants_a_call",
        ),
    ),
    *of(
        "habeas_identity.overrides",
        (
            (26, 29),
            "if len({each.person for each in vouched}) < PEOPLE:",
            "if False:",
            CALL_BACKS + "test_an_override_takes_two_people_and_nothing_less",
        ),
        (
            (26,),
            "if Assurance(claim.needed) > OVERRIDE.assurance:",
            "if False:",
            CALL_BACKS + "test_some_cases_are_never_proved_by_people_s_word",
        ),
        (
            (26,),
            "if not SHORTEST <= len(words) <= LONGEST:",
            "if False:",
            CALL_BACKS + "test_an_override_takes_two_people_and_nothing_less",
        ),
        (
            (30,),
            "        chosen = chosen.where(Claim.controller.in_(of))\n",
            "        pass\n",
            AGENTS_OF_CONTROLLERS + "test_who_vouched_is_shown_of_ones_own_controllers",
        ),
    ),
    *of(
        "habeas_identity.who_asks",
        (
            (26,),
            "if needed <= Assurance(claim.needed):",
            "if False:",
            WHO_ASKS + "test_a_doubt_makes_a_case_need_more_and_never_less",
        ),
    ),
)
