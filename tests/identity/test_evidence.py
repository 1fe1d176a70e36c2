"""Evidence: taken in for whatever case, cleaned, looked at, and gone with the decision; it proves nothing."""

import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.identity import hostile_files as files
from tests.identity import senders
from tests.identity.conftest import BROWSER, NOW, Desk

from habeas.clock import random_id
from habeas.crypto.datakeys import DataKey
from habeas.crypto.sealing import CannotOpen
from habeas.errors import Refused
from habeas.events import EvidenceCleaned, EvidenceDecided, IdentityProved
from habeas.testing.house import parked, run
from habeas_identity.actions import forget_claim
from habeas_identity.cleaning import LIMITS, Cleaned, NotCleaned, Refusal
from habeas_identity.evidence import Seen, admit_file, decide, destroy, is_wanted, key_of
from habeas_identity.evidence_timers import STUCK, tidy_evidence
from habeas_identity.looks import Reason, reveal, use_look
from habeas_identity.models import Claim, Evidence
from habeas_identity.proofs.letter import LETTER
from habeas_identity.sessions import SignedIn
from habeas_identity.washing import ORIGINAL, PAGES, Job, keep_original, read_part, store_key, wash

AGENT = "person-7"


def signed_in(person: str = AGENT) -> SignedIn:
    """An agent, as far as a look asks who it is."""
    later = NOW + timedelta(hours=1)
    return SignedIn("session", "account", person, ("agent",), later, "password", later)


def looked(desk: Desk, case: str, evidence: str, person: str = AGENT) -> None:
    """Look at all pages."""
    with desk.context.transaction() as tx:
        looks = reveal(tx, case, evidence, agent=signed_in(person), reason=Reason.DECIDE)
        for each in looks:
            use_look(tx, each)


def decided(desk: Desk, case: str, evidence: str, person: str = AGENT, seen: Seen = Seen.FITS) -> None:
    with desk.context.transaction() as tx:
        decide(tx, case, evidence, agent=person, seen=seen)


def state(desk: Desk, evidence: str) -> str:
    return senders.row(desk, evidence).state


def has_key(desk: Desk, evidence: str) -> bool:
    with desk.context.reading() as tx:
        return tx.session.get(DataKey, (evidence, "identity")) is not None


def test_a_letter_is_cleaned_looked_at_and_destroyed(desk: Desk) -> None:
    case = desk.found()
    evidence = senders.offer(desk, case)
    assert (state(desk, evidence), senders.stored(desk)) == ("offered", [store_key(evidence, ORIGINAL)])
    desk.relay()
    assert (state(desk, evidence), senders.stored(desk)) == ("cleaned", [store_key(evidence, PAGES)])
    (said,) = desk.said(EvidenceCleaned, case)
    assert said.event == EvidenceCleaned(case=case, evidence=evidence, kind="letter", pages=1, reason="")
    looked(desk, case, evidence)
    decided(desk, case, evidence, seen=Seen.DOES_NOT_FIT)
    assert (state(desk, evidence), has_key(desk, evidence)) == ("gone", False)
    tidy_evidence(desk.context)
    assert senders.stored(desk) == []
    (told,) = desk.said(EvidenceDecided, case)
    assert told.event == EvidenceDecided(case=case, kind="letter", seen="does_not_fit", agent=AGENT)


def test_no_letter_is_a_proof(desk: Desk) -> None:
    """Case R4: whatever was sent and whatever an agent saw in it, the case stands where it stood."""
    case = desk.found()
    before = desk.rows('SELECT state, needed, proved_at FROM claim WHERE "case" = :case', case=case)
    for seen in Seen:
        evidence = senders.cleaned(desk, case)
        looked(desk, case, evidence)
        decided(desk, case, evidence, seen=seen)
    assert LETTER.assurance == "A0"
    assert desk.said(IdentityProved, case) == []
    assert desk.rows("SELECT * FROM given_proof") == []
    assert desk.rows('SELECT state, needed, proved_at FROM claim WHERE "case" = :case', case=case) == before


def test_the_ledger_says_who_looked_at_what_kind_and_never_what_was_in_it(page_desk: Desk) -> None:
    """Case 27: each page that was read is a leaf."""
    case = page_desk.found()
    evidence = senders.cleaned(page_desk, case, files.pdf(pages=2))
    looked(page_desk, case, evidence)
    decided(page_desk, case, evidence)
    known = {"evidence": evidence, "agent": AGENT}
    assert senders.leaves(page_desk, "evidence.revealed") == [{**known, "reason": "decide"}]
    assert senders.leaves(page_desk, "evidence.read") == [
        {**known, "page": page, "reason": "decide"} for page in (1, 2)
    ]
    assert senders.leaves(page_desk, "evidence.decided") == [{**known, "what": "letter", "seen": "fits"}]


def test_nothing_of_a_file_lies_open_in_the_store(page_desk: Desk) -> None:
    evidence = senders.offer(page_desk, page_desk.found(), data := files.picture())
    for part in (ORIGINAL, PAGES):
        with page_desk.context.store.open(store_key(evidence, part)) as source:
            content = source.read()
        assert data[:64] not in content
        assert b"JFIF" not in content
        page_desk.relay()


def test_what_nothing_can_be_made_of_is_destroyed_unseen(page_desk: Desk) -> None:
    case = page_desk.found()
    evidence = senders.cleaned(page_desk, case, files.locked_pdf())
    assert (state(page_desk, evidence), senders.row(page_desk, evidence).reason, has_key(page_desk, evidence)) == (
        "refused", "locked", False,
    )  # fmt: skip
    assert [each.event.reason for each in page_desk.said(EvidenceCleaned, case)] == ["locked"]  # type: ignore[attr-defined]
    tidy_evidence(page_desk.context)
    assert senders.stored(page_desk) == []
    with pytest.raises(Refused), page_desk.context.transaction() as tx:
        reveal(tx, case, evidence, agent=signed_in(), reason=Reason.DECIDE)


def test_a_letter_for_a_case_that_nobody_knows_waits_and_is_then_destroyed_unread(page_desk: Desk) -> None:
    """Case 8: what a page takes in tells nothing of whether there is such a case."""
    evidence = senders.cleaned(page_desk, random_id())
    assert state(page_desk, evidence) == "offered"
    page_desk.clock.advance(timedelta(minutes=11))
    run(page_desk.context)
    assert (state(page_desk, evidence), senders.stored(page_desk), has_key(page_desk, evidence)) == ("gone", [], False)
    assert senders.leaves(page_desk, "evidence.cleaned") == []
    tidy_evidence(page_desk.context)
    assert page_desk.rows("SELECT * FROM evidence") == []
    assert parked(page_desk.context) == []


def test_a_letter_that_overtakes_its_case_waits_for_it(page_desk: Desk) -> None:
    case = random_id()
    evidence = senders.cleaned(page_desk, case)
    page_desk.open(case=case)
    page_desk.clock.advance(timedelta(minutes=2))
    run(page_desk.context)
    assert state(page_desk, evidence) == "cleaned"


def test_a_file_that_waits_holds_up_no_code(page_desk: Desk) -> None:
    case = random_id()
    senders.cleaned(page_desk, case)
    page_desk.open(case=case)
    page_desk.answer(case, {"email": "anna.canary@example.com"})
    assert page_desk.codes(case) != []


def test_a_proved_case_needs_no_letter(page_desk: Desk) -> None:
    case = page_desk.found()
    before = senders.cleaned(page_desk, case)
    with page_desk.context.transaction() as tx:
        tx.session.get_one(Claim, case).state = "proved"
    after = senders.cleaned(page_desk, case)
    assert (state(page_desk, before), state(page_desk, after)) == ("cleaned", "gone")
    tidy_evidence(page_desk.context)
    assert (state(page_desk, before), senders.stored(page_desk)) == ("gone", [])


def test_nothing_can_be_read_after_its_days(desk: Desk) -> None:
    """V14.2.7: after thirty days nothing of it is left, and tickets that were given out open nothing."""
    case = desk.found()
    kept = [senders.cleaned(desk, case) for _ in range(3)]
    with desk.context.transaction() as tx:
        keys = [key_of(tx, tx.session.get_one(Evidence, each)) for each in kept]
    desk.clock.advance(timedelta(days=LIMITS.days_kept) - timedelta(minutes=1))
    tidy_evidence(desk.context)
    assert [state(desk, each) for each in kept] == ["cleaned"] * 3
    with desk.context.transaction() as tx:
        looks = reveal(tx, case, kept[0], agent=signed_in(), reason=Reason.DECIDE)
    desk.clock.advance(timedelta(minutes=1))
    tidy_evidence(desk.context)
    readable = 0
    for each, key in zip(kept, keys, strict=True):
        with pytest.raises(Refused):
            read_part(desk.context.store, each, PAGES, key)
        readable += has_key(desk, each) or senders.row(desk, each).content is not None
    assert (readable, senders.stored(desk)) == (0, [])
    with pytest.raises(Refused), desk.context.transaction() as tx:
        use_look(tx, looks[0])
    assert len(senders.leaves(desk, "evidence.destroyed")) == 3


def test_a_case_that_is_forgotten_takes_its_letters_along(desk: Desk) -> None:
    case = desk.found()
    evidence = senders.cleaned(desk, case)
    looked(desk, case, evidence)
    with desk.context.transaction() as tx:
        forget_claim(tx, case)
    desk.clock.advance(STUCK)
    tidy_evidence(desk.context)
    assert senders.stored(desk) == []
    assert desk.rows("SELECT id FROM evidence UNION SELECT id FROM evidence_look") == []


def test_a_file_that_never_came_whole_is_destroyed(page_desk: Desk) -> None:
    with page_desk.context.transaction() as tx:
        admitted = admit_file(tx, page_desk.found(), 100, browser=BROWSER, place="")
    assert admitted is not None
    keep_original(page_desk.context.store, admitted.evidence, admitted.key, b"half of it")
    tidy_evidence(page_desk.context)
    assert state(page_desk, admitted.evidence) == "arriving"
    page_desk.clock.advance(STUCK)
    tidy_evidence(page_desk.context)
    assert (state(page_desk, admitted.evidence), senders.stored(page_desk)) == ("gone", [])


def test_a_case_takes_so_many_files_a_day_and_no_more_at_once(desk: Desk) -> None:
    """Case 55: of any number at the same moment, only as many as there may be."""
    case, admitted = desk.found(), []

    def send() -> None:
        with desk.context.transaction() as tx:
            admitted.append(admit_file(tx, case, 1000, browser=random_id(), place=""))

    threads = [threading.Thread(target=send) for _ in range(12)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert (len(admitted), sum(each is not None for each in admitted)) == (12, LIMITS.files_a_day)


@pytest.mark.parametrize(("size", "taken"), [(LIMITS.file_bytes, 3), (1, LIMITS.files_a_day)])
def test_a_case_takes_so_many_bytes_a_day(page_desk: Desk, size: int, taken: int) -> None:
    case = page_desk.found()
    for day in range(2):
        with page_desk.context.transaction() as tx:
            found = [admit_file(tx, case, size, browser=f"{day}{n}", place="") for n in range(LIMITS.files_a_day + 1)]
        assert sum(each is not None for each in found) == taken
        page_desk.clock.advance(timedelta(days=1))


def test_whoever_has_not_looked_decides_nothing(page_desk: Desk) -> None:
    """Case 26."""
    case = page_desk.found()
    evidence = senders.cleaned(page_desk, case)
    looked(page_desk, case, evidence, "another")
    for here, person in ((case, AGENT), (random_id(), "another")):
        with pytest.raises(Refused):
            decided(page_desk, here, evidence, person)
    assert state(page_desk, evidence) == "cleaned"
    decided(page_desk, case, evidence, "another")
    with pytest.raises(Refused):
        decided(page_desk, case, evidence, "another")


def test_a_look_is_good_once_and_for_five_minutes(desk: Desk) -> None:
    case = desk.found()
    evidence = senders.cleaned(desk, case, files.pdf(pages=2))
    with desk.context.transaction() as tx:
        first, second = reveal(tx, case, evidence, agent=signed_in(), reason=Reason.DECIDE)
    with desk.context.transaction() as tx:
        assert use_look(tx, first).page == 1
    with pytest.raises(Refused), desk.context.transaction() as tx:
        use_look(tx, first)
    for late in (first, second, random_id()):
        desk.clock.advance(timedelta(minutes=5))
        with pytest.raises(Refused), desk.context.transaction() as tx:
            use_look(tx, late)
    assert len(senders.leaves(desk, "evidence.read")) == 1


def test_cleaning_that_broke_off_goes_on_where_it_was(page_desk: Desk) -> None:
    evidence = senders.offer(page_desk, page_desk.found())
    with page_desk.context.transaction() as tx:
        job = Job(evidence, key_of(tx, tx.session.get_one(Evidence, evidence)))
    first = wash(page_desk.context, job)
    assert isinstance(first, Cleaned)
    assert wash(page_desk.context, job) == first
    page_desk.relay()
    assert (state(page_desk, evidence), senders.stored(page_desk)) == ("cleaned", [store_key(evidence, PAGES)])


def test_what_is_destroyed_while_it_is_cleaned_stays_destroyed(
    page_desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = page_desk.found()
    evidence = senders.offer(page_desk, case)

    def interrupt(_context: object, job: Job) -> Cleaned | NotCleaned | None:
        with page_desk.context.transaction() as tx:
            destroy(tx, tx.session.get_one(Evidence, evidence))
        tidy_evidence(page_desk.context)
        keep_original(page_desk.context.store, evidence, bytes(32), b"late")
        return NotCleaned(Refusal.BROKEN)

    hears = page_desk.context.service.hears
    effect = next(each for each in hears.values() if getattr(each, "work", None) is wash)
    late = {kind: replace(each, work=interrupt) if each is effect else each for kind, each in hears.items()}
    page_desk.context = replace(page_desk.context, service=replace(page_desk.context.service, hears=late))
    page_desk.relay()
    assert (state(page_desk, evidence), page_desk.said(EvidenceCleaned)) == ("gone", [])
    tidy_evidence(page_desk.context)
    assert senders.stored(page_desk) == []


def test_files_swapped_in_the_store_do_not_open(page_desk: Desk) -> None:
    """Case 52."""
    case, store = page_desk.found(), page_desk.context.store
    first, second = (senders.cleaned(page_desk, case) for _ in range(2))
    with page_desk.context.transaction() as tx:
        key = key_of(tx, tx.session.get_one(Evidence, first))
    with store.open(store_key(second, PAGES)) as source:
        other = source.read()
    store.delete(store_key(first, PAGES))
    store.put(store_key(first, PAGES), [other])
    with pytest.raises(CannotOpen):
        read_part(store, first, PAGES, key)


def test_a_case_wants_letters_until_it_is_proved(page_desk: Desk) -> None:
    case = page_desk.found()
    with page_desk.context.transaction() as tx:
        assert (is_wanted(tx, case), is_wanted(tx, random_id())) == (True, None)
        tx.session.get_one(Claim, case).state = "proved"
        assert is_wanted(tx, case) is False
