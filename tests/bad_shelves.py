# long because each bad connector stands beside the tests that it turns red
"""Connectors that each break one promise, under the kit: `breaks` names the tests that have to go red, and no others.

Run by `tests/sdk/test_contract_kit.py` alone; the runner's own promises are proved there by taking out the guard.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import Any, ClassVar

from shelf import BOB, PAGE, Row, ShelfConnector
from shelf_contract import OnFailingShelf, OnShelf

from habeas.sdk import (
    Changed,
    Channel,
    Correction,
    Decided,
    Deed,
    Done,
    Health,
    Identified,
    Located,
    Mark,
    NeedsPerson,
    Record,
    Refused,
    Subject,
    TryLater,
    Waiting,
)
from habeas.testing.connector_contract import PROVINGS, Promise


class _Bad(OnShelf):
    """What a bad connector breaks; the tests of its runner are left out, as they are not its own doing."""

    breaks: ClassVar[set[str]] = set()
    and_more: ClassVar[bool] = False
    """So much rests on this promise that others go red with it."""

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        for name, proving in PROVINGS.items():
            if proving.promise is Promise.ORDERS:
                setattr(cls, name, None)


class _BadInTrouble(OnFailingShelf, _Bad):
    """What a bad connector breaks when its system fails."""


class _Sloppy(ShelfConnector):
    def export(self, subject: Subject) -> Iterator[Record | Mark]:
        stored = {row["email"] for row in self._shelf.rows.values()}
        emails = tuple(each for each in stored if any(value.startswith(each) for value in subject.values("email")))
        return super().export(Subject({"email": emails})) if emails else iter(())


class TestMatchesByPrefix(_Bad):
    makes = _Sloppy
    breaks: ClassVar[set[str]] = {"test_a_look_alike_finds_nothing"}


class _Forgetful(ShelfConnector):
    def resume(self, subject: Subject, after: str) -> Iterator[Record | Mark]:
        for each in super().resume(subject, after):
            if not isinstance(each, Record) or each.key != "6":
                yield each


class TestForgetsTheLastRecord(_Bad):
    makes = _Forgetful
    breaks: ClassVar[set[str]] = {"test_everything_of_the_person_and_nothing_of_the_stranger"}


class _Aimless(ShelfConnector):
    def _record(self, key: str, row: Mapping[str, str]) -> Record:
        return replace(super()._record(key, row), activity="")


class TestNamesNoActivity(_Bad):
    makes = _Aimless
    breaks: ClassVar[set[str]] = {"test_every_record_names_its_activity"}


class _Restless(ShelfConnector):
    _reads = count()

    def export(self, subject: Subject) -> Iterator[Record | Mark]:
        turn = next(self._reads)
        for each in super().export(subject):
            yield each if isinstance(each, Mark) else replace(each, key=f"{turn}-{each.key}")


class TestNamesRecordsAnewAtEachExport(_Bad):
    makes = _Restless
    breaks: ClassVar[set[str]] = {"test_an_export_twice_gives_the_same"}
    and_more = True


class _Undated(ShelfConnector):
    def locate(self, subject: Subject) -> Iterator[Located]:
        return (replace(each, dated=None) for each in super().locate(subject))


class TestLocatesWithoutDates(_Bad):
    makes = _Undated
    breaks: ClassVar[set[str]] = {"test_what_is_located_has_the_digests_of_the_export"}


class _Boastful(ShelfConnector):
    def _record(self, key: str, row: Mapping[str, str]) -> Record:
        record = super()._record(key, row)
        return replace(record, attachments=tuple(replace(each, size=99) for each in record.attachments))


class TestTellsAWrongSize(_Bad):
    makes = _Boastful
    breaks: ClassVar[set[str]] = {"test_an_attachment_opens_twice_and_has_its_size"}


class _Chatty(ShelfConnector):
    def channels(self, claimed: Subject) -> Iterator[Channel]:
        for row in self._shelf.rows.values():
            for value in claimed.values("email"):
                if row["email"] in value or row["email"] == value:
                    yield Channel("email", row["email"], {"email": value})
                    return


class TestTellsAChannelToALookAlike(_Bad):
    makes = _Chatty
    breaks: ClassVar[set[str]] = {"test_a_channel_is_nobody_else_s"}


class _Mute(ShelfConnector):
    def channels(self, claimed: Subject) -> Iterator[Channel]:
        return iter(())


class TestKnowsNoChannel(_Bad):
    makes = _Mute
    breaks: ClassVar[set[str]] = {"test_a_channel_is_stored_for_who_claims_it"}


class _Confused(ShelfConnector):
    def identify(self, subject: Subject) -> Iterator[Identified]:
        for each in super().identify(subject):
            yield each
            yield replace(each, value="Cbob")


class TestIdentifiesAnother(_Bad):
    makes = _Confused
    breaks: ClassVar[set[str]] = {"test_no_identifier_is_another_s"}


class _Loose(ShelfConnector):
    def identify(self, subject: Subject) -> Iterator[Identified]:
        return (replace(each, matches={}) for each in super().identify(subject))


class TestIdentifiesWithoutATie(_Bad):
    makes = _Loose
    breaks: ClassVar[set[str]] = {
        "test_who_can_be_identified_further_is_and_tied_to_what_was_proved",
        "test_no_identifier_is_another_s",
    }


class _Ailing(ShelfConnector):
    def check(self) -> Health:
        return Health(problems=("the shelf is old",))


class TestSaysThatItDoesNotWork(_Bad):
    makes = _Ailing
    breaks: ClassVar[set[str]] = {"test_it_answers_that_it_works"}


class _Inspecting(ShelfConnector):
    def check(self) -> Health:
        list(self.export(BOB))
        return super().check()


class TestChecksByReadingSomebody(_Bad):
    makes = _Inspecting
    breaks: ClassVar[set[str]] = {"test_a_check_looks_for_nobody_and_changes_nothing"}


class _Skipping(ShelfConnector):
    def resume(self, subject: Subject, after: str) -> Iterator[Record | Mark]:
        rest = super().resume(subject, after)
        if after:
            next(rest, None)
        return rest


class TestResumesOneTooLate(_Bad):
    makes = _Skipping
    breaks: ClassVar[set[str]] = {"test_what_is_resumed_after_a_mark_is_exactly_the_rest"}


class _Following(ShelfConnector):
    def resume(self, subject: Subject, after: str) -> Iterator[Record | Mark]:
        owner = self._shelf.rows[after]["email"] if after else ""
        return super().resume(Subject({"email": (owner,)}) if owner else subject, after)


class TestFollowsAStrangersMark(_Bad):
    makes = _Following
    breaks: ClassVar[set[str]] = {"test_a_mark_of_nobody_s_making_gives_nothing_of_a_stranger"}


class _Unsure(ShelfConnector):
    def erase(self, subject: Subject, scope: Sequence[Decided]) -> Iterator[Done]:
        return (replace(each, verified=False) for each in super().erase(subject, scope))


class TestVerifiesNoErasure(_Bad):
    makes = _Unsure
    breaks: ClassVar[set[str]] = {"test_an_erasure_takes_everything_that_is_let_go_and_nothing_of_the_stranger"}


class _Greedy(ShelfConnector):
    def erase(self, subject: Subject, scope: Sequence[Decided]) -> Iterator[Done]:
        yield from super().erase(subject, scope)
        if any(not each.keep for each in scope) and any(each.keep for each in scope):
            for key in self._keys(subject):
                self._shelf.rows[key]["note"] = "a touched note"


class TestTouchesWhatIsKept(_Bad):
    makes = _Greedy
    breaks: ClassVar[set[str]] = {
        "test_what_is_kept_stays_whole_and_alone",
        "test_an_erasure_done_again_says_the_same_and_does_no_harm",
    }


class _Ungrateful(ShelfConnector):
    def erase(self, subject: Subject, scope: Sequence[Decided]) -> Iterator[Done]:
        if scope and all(each.keep for each in scope):
            self._delete(scope[-1].key)
        return super().erase(subject, scope)


class TestErasesOneWhenAllIsKept(_Bad):
    makes = _Ungrateful
    breaks: ClassVar[set[str]] = {"test_keeping_everything_changes_nothing"}


class _Sweeping(ShelfConnector):
    def erase(self, subject: Subject, scope: Sequence[Decided]) -> Iterator[Done]:
        if not scope:
            for key in self._keys(subject):
                self._delete(key)
        return super().erase(subject, scope)


class TestErasesAllWhenToldNothing(_Bad):
    makes = _Sweeping
    breaks: ClassVar[set[str]] = {"test_an_erasure_of_nothing_touches_nothing"}


class _Blind(ShelfConnector):
    def erase(self, subject: Subject, scope: Sequence[Decided]) -> Iterator[Done]:
        now = {key: self._record(key, row).digest for key, row in self._mine(subject)}
        return super().erase(subject, [replace(each, digest=now.get(each.key, each.digest)) for each in scope])


class TestErasesWhatChanged(_Bad):
    makes = _Blind
    breaks: ClassVar[set[str]] = {
        "test_what_changed_after_the_plan_stays_untouched",
        "test_what_was_not_decided_stays_untouched",
        "test_a_rehearsal_knows_what_changed_after_the_plan",
    }


class _Trusting(ShelfConnector):
    def erase(self, subject: Subject, scope: Sequence[Decided]) -> Iterator[Done]:
        for each in super().erase(subject, scope):
            yield each
        for each in scope:
            if not each.keep and self._stands(each):
                self._delete(each.key)

    def _stands(self, decided: Decided) -> bool:
        row = self._shelf.rows.get(decided.key)
        return row is not None and self._record(decided.key, row).digest == decided.digest


class TestErasesByKeyAlone(_Bad):
    makes = _Trusting
    breaks: ClassVar[set[str]] = {"test_an_order_that_names_the_strangers_records_does_not_touch_them"}


class _Fickle(ShelfConnector):
    _asked = count()

    def erase(self, subject: Subject, scope: Sequence[Decided]) -> Iterator[Done]:
        turn = next(self._asked)
        return (replace(each, why=f"turn {turn}") for each in super().erase(subject, scope))


class TestTellsAnotherStoryAgain(_Bad):
    makes = _Fickle
    breaks: ClassVar[set[str]] = {"test_an_erasure_done_again_says_the_same_and_does_no_harm"}


class _Impatient(ShelfConnector):
    _told = False

    def erase(self, subject: Subject, scope: Sequence[Decided]) -> Iterator[Done]:
        if not self._told:
            self._told = True
            raise Waiting("it is deleted within a while", timedelta())
        return super().erase(subject, scope)


class TestWaitsForNoTimeAtAll(_Bad):
    makes = _Impatient
    breaks: ClassVar[set[str]] = {"test_waiting_is_no_failure_and_says_until_when_to_leave_it"}


class _Rash(ShelfConnector):
    def rehearse(self, subject: Subject, scope: Sequence[Decided]) -> Iterator[Done]:
        return (replace(each, verified=False) for each in self.erase(subject, scope))


class TestRehearsesByErasing(_Bad):
    makes = _Rash
    breaks: ClassVar[set[str]] = {"test_a_rehearsal_changes_nothing_and_verifies_nothing"}


class _Silent(ShelfConnector):
    def rehearse(self, subject: Subject, scope: Sequence[Decided]) -> Iterator[Done]:
        foretold = list(super().rehearse(subject, scope))
        alike = len(foretold) == 1 and foretold[0].deed is Deed.ERASED
        return iter(foretold[1:] if alike else foretold)


class TestForetellsNothing(_Bad):
    makes = _Silent
    breaks: ClassVar[set[str]] = {"test_a_rehearsal_says_what_the_erasure_then_does"}


class _Hopeful(ShelfConnector):
    def rehearse(self, subject: Subject, scope: Sequence[Decided]) -> Iterator[Done]:
        return super().rehearse(subject, [replace(each, keep=False) for each in scope])


class TestForetellsThatAllIsErased(_Bad):
    makes = _Hopeful
    breaks: ClassVar[set[str]] = {"test_a_rehearsal_knows_what_is_kept"}


class _Careless(ShelfConnector):
    def rectify(self, subject: Subject, corrections: Sequence[Correction]) -> Iterator[Changed]:
        for each in super().rectify(subject, corrections):
            if each.count:
                self._shelf.rows["1"]["note"] = "a better note"
            yield each


class TestCorrectsMoreThanItWasTold(_Bad):
    makes = _Careless
    breaks: ClassVar[set[str]] = {"test_exactly_the_corrected_record_has_its_new_content"}


class _Late(ShelfConnector):
    def rectify(self, subject: Subject, corrections: Sequence[Correction]) -> Iterator[Changed]:
        now = {key: self._record(key, row).digest for key, row in self._mine(subject)}
        return super().rectify(subject, [replace(each, digest=now.get(each.key, each.digest)) for each in corrections])


class TestCorrectsWhatChanged(_Bad):
    makes = _Late
    breaks: ClassVar[set[str]] = {"test_a_record_that_changed_since_is_not_corrected_and_it_says_why"}


class _Everywhere(ShelfConnector):
    def rectify(self, subject: Subject, corrections: Sequence[Correction]) -> Iterator[Changed]:
        for each in super().rectify(subject, corrections):
            yield each
        for each in corrections:
            if each.key in self._keys(BOB) and set(each.changes) == {"note"}:
                self._shelf.rows[each.key]["note"] = "a better note"


class TestCorrectsAStranger(_Bad):
    makes = _Everywhere
    breaks: ClassVar[set[str]] = {"test_a_correction_that_names_a_stranger_s_record_does_not_touch_it"}


class _Repeating(ShelfConnector):
    def rectify(self, subject: Subject, corrections: Sequence[Correction]) -> Iterator[Changed]:
        for each in super().rectify(subject, corrections):
            if not each.count and self._shelf.rows["2"]["note"] == "a better note":
                self._shelf.rows["2"]["note"] = "a better note, again"
            yield each


class TestCorrectsTwice(_Bad):
    makes = _Repeating
    breaks: ClassVar[set[str]] = {"test_a_correction_made_again_is_harmless"}


class _Stuck(ShelfConnector):
    def restrict(self, subject: Subject, lift: bool = False) -> Iterator[Changed]:
        return super().restrict(subject)


class TestNeverLiftsARestriction(_Bad):
    makes = _Stuck
    breaks: ClassVar[set[str]] = {"test_a_restriction_is_laid_on_and_lifted_again"}


class _Idle(ShelfConnector):
    def suppress(self, claimed: Subject, lift: bool = False) -> Iterator[Changed]:
        if self._keys(claimed):
            yield Changed("mailing", 1, verified=True)


class TestOnlySaysThatMarketingStops(_Bad):
    makes = _Idle
    breaks: ClassVar[set[str]] = {"test_marketing_stops_for_who_claims_it_and_goes_on_when_it_is_lifted"}


class _Loud(ShelfConnector):
    def suppress(self, claimed: Subject, lift: bool = False) -> Iterator[Changed]:
        for value in claimed.values("email"):
            for row in self._shelf.rows.values():
                if row["email"] in value and row["email"] != value:
                    self._shelf.quiet.add(row["email"])
        return super().suppress(claimed, lift)


class TestStopsMarketingForALookAlike(_Bad):
    makes = _Loud
    breaks: ClassVar[set[str]] = {"test_a_look_alike_s_claim_stops_nobody_else_s_marketing"}


class _Open(ShelfConnector):
    def __init__(self, shelf: Any) -> None:
        super().__init__(shelf)
        self.headers = {"Authorization": f"Bearer {self._token.reveal()}"}


class TestShowsItsToken(_Bad):
    makes = _Open
    breaks: ClassVar[set[str]] = {"test_no_secret_shows"}


class _Proud(ShelfConnector):
    def check(self) -> Health:
        return Health(facts={"newest": next(iter(self._shelf.rows.values()))["email"]})


class TestShowsSomebodyInItsCheck(_Bad):
    makes = _Proud
    breaks: ClassVar[set[str]] = {"test_what_it_shows_of_itself_names_nobody"}


class _Telling(ShelfConnector):
    def erase(self, subject: Subject, scope: Sequence[Decided]) -> Iterator[Done]:
        for each in super().erase(subject, scope):
            yield replace(each, why=f"ask {subject.values('email')[0]}") if each.why else each


class TestNamesThePersonInAReason(_Bad):
    makes = _Telling
    breaks: ClassVar[set[str]] = {"test_why_a_person_is_needed_names_nobody"}


class _Quoting(ShelfConnector):
    def _known(self, scope: Sequence[Decided]) -> Sequence[Decided]:
        for each in scope:
            if each.kind != "card":
                raise Refused(f"no such record: {each.key}")
        return super()._known(scope)


class TestQuotesAKeyInAnError(_Bad):
    makes = _Quoting
    breaks: ClassVar[set[str]] = {"test_no_error_names_anybody"}


class _Swallowing(ShelfConnector):
    def _page(self, email: str, after: str) -> tuple[list[tuple[str, Row]], bool]:
        try:
            return super()._page(email, after)
        except TryLater:
            return [], False


class TestTakesAnOutageForNothing(_BadInTrouble):
    makes = _Swallowing
    breaks: ClassVar[set[str]] = {
        "test_in_trouble_nothing_in_part_passes_for_the_whole",
        "test_in_trouble_no_erasure_is_verified_that_is_none",
    }


class _Halving(ShelfConnector):
    def _page(self, email: str, after: str) -> tuple[list[tuple[str, Row]], bool]:
        rows, more = self._answer(lambda: self._shelf.page(email, after))
        return rows, more and len(rows) == PAGE


class TestTakesHalfAPageForTheWhole(_BadInTrouble):
    makes = _Halving
    breaks: ClassVar[set[str]] = {
        "test_in_trouble_nothing_in_part_passes_for_the_whole",
        "test_in_trouble_no_erasure_is_verified_that_is_none",
    }


class _Hasty(ShelfConnector):
    def _answer(self, call: Any) -> Any:
        try:
            return super()._answer(call)
        except TryLater as error:
            raise TryLater(error.reason) from None


class TestForgetsForHowLongToWait(_BadInTrouble):
    makes = _Hasty
    can_fail = ("too_many_requests",)
    breaks: ClassVar[set[str]] = {
        "test_in_trouble_nothing_in_part_passes_for_the_whole",
        "test_in_trouble_no_erasure_is_verified_that_is_none",
    }


class _Believing(ShelfConnector):
    def erase(self, subject: Subject, scope: Sequence[Decided]) -> Iterator[Done]:
        mine = dict(self._mine(subject))
        believed = {
            each.key
            for each in self._known(scope)
            if not each.keep and each.key in mine and self._record(each.key, mine[each.key]).digest == each.digest
        }
        for key in sorted(believed):
            self._delete(key)
            yield Done("card", Deed.ERASED, 1, verified=True)
        yield from super().erase(subject, [each for each in scope if each.key not in believed])


class TestBelievesWhatTheSystemSays(_BadInTrouble):
    makes = _Believing
    breaks: ClassVar[set[str]] = {"test_in_trouble_no_erasure_is_verified_that_is_none"}


class _Sorry(ShelfConnector):
    def _page(self, email: str, after: str) -> tuple[list[tuple[str, Row]], bool]:
        try:
            return super()._page(email, after)
        except TryLater as error:
            raise TryLater(f"{error.reason} about {email}", error.after) from None


class TestNamesThePersonInTrouble(_BadInTrouble):
    makes = _Sorry
    breaks: ClassVar[set[str]] = {
        "test_in_trouble_nothing_in_part_passes_for_the_whole",
        "test_in_trouble_no_erasure_is_verified_that_is_none",
    }


class _Cheerful(ShelfConnector):
    def check(self) -> Health:
        return Health()


class TestIsAlwaysWell(_BadInTrouble):
    makes = _Cheerful
    breaks: ClassVar[set[str]] = {"test_in_trouble_a_check_tells_it_and_names_nobody"}


class _Resentful(ShelfConnector):
    _failed = False

    def _answer(self, call: Any) -> Any:
        if self._failed:
            raise TryLater("it failed before")
        try:
            return super()._answer(call)
        except TryLater as error:
            self._failed = error.after is None
            raise


class TestNeverForgetsAFailure(_BadInTrouble):
    makes = _Resentful
    can_fail = ("server_error",)
    breaks: ClassVar[set[str]] = {
        "test_after_the_trouble_it_works_again",
        "test_in_trouble_no_erasure_is_verified_that_is_none",
    }


class _Giving(ShelfConnector):
    def _answer(self, call: Any) -> Any:
        try:
            return super()._answer(call)
        except NeedsPerson as error:
            raise TryLater(error.why) from None


class TestTriesForEverWithAWrongToken(_BadInTrouble):
    makes = _Giving
    can_fail = ("wrong_token", "revoked_scope")
    breaks: ClassVar[set[str]] = {
        "test_in_trouble_nothing_in_part_passes_for_the_whole",
        "test_in_trouble_no_erasure_is_verified_that_is_none",
    }


class _Passing(ShelfConnector):
    def _mine(self, subject: Subject, after: str = "") -> Iterator[tuple[str, Row]]:
        for email in subject.values("email"):
            last, more = after, True
            while more:
                rows, more = self._page(email, last)
                for key, row in rows:
                    if "email" not in row:
                        raise NeedsPerson("the cards have other fields than this connector knows")
                    last = key
                    yield key, row

    def resume(self, subject: Subject, after: str) -> Iterator[Record | Mark]:
        tied = {"email": subject.values("email")[0]}
        return (
            replace(each, matches=tied) if isinstance(each, Record) else each for each in super().resume(subject, after)
        )


class TestPassesOnSomeoneElsesRow(_BadInTrouble):
    makes = _Passing
    can_fail = ("someone_elses_row",)
    breaks: ClassVar[set[str]] = {"test_in_trouble_nothing_in_part_passes_for_the_whole"}
