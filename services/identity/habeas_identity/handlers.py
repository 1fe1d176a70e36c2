"""The event door of identity."""

from collections.abc import Mapping
from typing import Any

from habeas.envelope import Letter
from habeas.errors import Refused
from habeas.events import (
    CaseLetThrough,
    CaseOpened,
    CaseWithdrawn,
    ChannelsAnswered,
    ClaimExtended,
    CodeAsked,
    Event,
    EvidenceOffered,
    KeysTold,
    KeysTurned,
)
from habeas.sdk.words import Outcome
from habeas.service import Effect, Handler
from habeas.turned_keys import learn_seal, tell_seal
from habeas.vocabulary import participant_of
from habeas.work.transaction import Transaction
from habeas_identity.actions import AUTHORISED, extend_claim, let_through, open_claim_of
from habeas_identity.assertions import take_assertion
from habeas_identity.contents import Identifiers
from habeas_identity.freezing import stop_withdrawn
from habeas_identity.mandates import keep_mandate
from habeas_identity.matching import Stored
from habeas_identity.proving import send_code
from habeas_identity.stored_addresses import note_channels
from habeas_identity.washing import WASHING


def on_case_opened(tx: Transaction, letter: Letter) -> None:
    """Somebody asked for something: see whether we can reach who they say they are."""
    opened = letter.event
    assert isinstance(opened, CaseOpened)
    told = tx.open(letter)
    open_claim_of(tx, opened, _read_identifiers(told["identifiers"]))
    if opened.capacity == AUTHORISED:
        keep_mandate(tx, opened.case, told["acting"])
    if told["assertion"]:
        take_assertion(tx, opened.case, str(told["assertion"]), letter.said_at)


def on_case_let_through(tx: Transaction, letter: Letter) -> None:
    """An agent let a case out of the holding pen: now its person is looked for."""
    let_through(tx, letter.event.thread)


def on_case_withdrawn(tx: Transaction, letter: Letter) -> None:
    """A controller took its request back: nobody proves anything in it any more."""
    stop_withdrawn(tx, letter.event.thread)


def on_channels_answered(tx: Transaction, letter: Letter) -> None:
    """A system told which addresses it holds; only of itself, and only when it was asked."""
    answered = letter.event
    assert isinstance(answered, ChannelsAnswered)
    if letter.source != participant_of(answered.system):
        raise Refused("this system is another's")
    if answered.outcome not in set(Outcome):
        raise Refused("a system ended in an unknown way")
    channels = tx.open(letter)["channels"]
    if not isinstance(channels, list):
        raise Refused("the addresses a system told are no list")
    note_channels(tx, answered.case, answered.system, answered.outcome, [_read_stored(each) for each in channels])


def on_claim_extended(tx: Transaction, letter: Letter) -> None:
    """A person told more of who they are."""
    extended = letter.event
    assert isinstance(extended, ClaimExtended)
    extend_claim(tx, extended.case, _read_identifiers(tx.open(letter)["identifiers"]))


def on_code_asked(tx: Transaction, letter: Letter) -> None:
    """Somebody wants a code: here, after the page has answered, is where it shows whether one may go out."""
    asked = letter.event
    assert isinstance(asked, CodeAsked)
    send_code(tx, asked)


def on_keys_turned(tx: Transaction, letter: Letter) -> None:
    """A runner turned its sealing keys: learn them, and tell it ours, which it may have no other way to learn."""
    turned = letter.event
    assert isinstance(turned, KeysTurned)
    learn_seal(tx, letter, turned.seal)
    tx.say(KeysTold(system=turned.system, seal=tell_seal(tx.context.keys, tx.context.participant)), to=letter.source)


HEARS: Mapping[type[Event], Handler | Effect] = {
    CaseOpened: on_case_opened,
    CaseLetThrough: on_case_let_through,
    CaseWithdrawn: on_case_withdrawn,
    ChannelsAnswered: on_channels_answered,
    CodeAsked: on_code_asked,
    EvidenceOffered: WASHING,
    ClaimExtended: on_claim_extended,
    KeysTurned: on_keys_turned,
}


def _read_identifiers(told: Any) -> Identifiers:
    if not isinstance(told, dict) or not all(isinstance(values, list) for values in told.values()):
        raise Refused("the identifiers of a case are not lists by name")
    if not all(isinstance(value, str) for values in told.values() for value in values):
        raise Refused("an identifier of a case is not text")
    return told


def _read_stored(told: Any) -> Stored:
    if not isinstance(told, dict) or told.keys() != {"kind", "value", "identifiers"}:
        raise Refused("an address that a system told has other keys than it should")
    identifiers = told["identifiers"]
    if not isinstance(identifiers, dict) or not all(isinstance(each, str) for each in identifiers.values()):
        raise Refused("the identifiers of an address that a system told are not text")
    if not isinstance(told["kind"], str) or not isinstance(told["value"], str) or not told["value"]:
        raise Refused("an address that a system told is not text")
    return Stored(told["kind"], told["value"], identifiers)
