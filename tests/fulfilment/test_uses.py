"""How an activity is told: every basis it rests on, how long it stays, and what protects data abroad."""

import io
import json
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from habeas.profile import Profile, Recipient, Safeguard, SafeguardKind, load_profile
from habeas.vocabulary import LegalBasis
from habeas_fulfilment.package.words import LANGUAGES, speak
from habeas_fulfilment.uses import tell_uses

SAMPLE = load_profile(Path(__file__).parents[2] / "examples/sample-company/profile.yaml")


def with_recipient(recipient: Recipient, home: str = "SE") -> Profile:
    activity = replace(SAMPLE.activity("orders"), recipients=(recipient,))
    controller = replace(SAMPLE.controller, country=home)
    return replace(SAMPLE, controller=controller, activities=(activity,))


def test_every_basis_is_told_and_the_period_in_words() -> None:
    activity = replace(SAMPLE.activity("security"), bases=(LegalBasis.CONTRACT, LegalBasis.CONSENT))
    (told,) = tell_uses(replace(SAMPLE, activities=(activity,)), "en")
    assert told.legal_bases == (LegalBasis.CONTRACT, LegalBasis.CONSENT)
    assert told.retention == "Twelve months."
    assert told.transfers == (
        "Vaktposten Analys Inc. (fraud detection) (US): standard contractual clauses, EU 2021/914, module two, "
        "a copy can be had from integritet@nordlunds-lampor.example"
    )


@pytest.mark.parametrize(
    ("country", "home", "transfers"),
    [
        ("NO", "SE", ""),
        ("GB", "GB", ""),
        ("JP", "SE", "Ours (JP): the country has an adequacy decision"),
        ("GI", "GB", "Ours (GI): the country has an adequacy decision"),
        ("GI", "SE", "Ours (GI): no safeguard is stated"),
        ("US", "SE", "Ours (US): no safeguard is stated"),
    ],
)
def test_what_is_not_said_of_a_transfer_is_told_as_it_is(country: str, home: str, transfers: str) -> None:
    (told,) = tell_uses(with_recipient(Recipient("Ours", country), home), "en")
    assert told.transfers == transfers


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", SafeguardKind)
def test_every_kind_of_safeguard_has_words_in_every_language(language: str, kind: SafeguardKind) -> None:
    (told,) = tell_uses(with_recipient(Recipient("Ours", "US", Safeguard(kind))), language)
    assert told.transfers == f"Ours (US): {speak(language)(f'safeguard_{kind}')}"


@pytest.mark.parametrize("kind", [SafeguardKind.PRIVACY_SHIELD, SafeguardKind.SAFE_HARBOUR])
def test_a_framework_that_was_struck_down_is_not_told_as_protection(kind: SafeguardKind) -> None:
    (told,) = tell_uses(with_recipient(Recipient("Ours", "US", Safeguard(kind))), "en")
    assert "nothing that holds" in told.transfers


def test_a_package_names_every_basis_for_people_and_for_programs(release: Any) -> None:
    activity = replace(SAMPLE.activity("orders"), bases=(LegalBasis.CONTRACT, LegalBasis.CONSENT))
    uses = tuple(tell_uses(replace(SAMPLE, activities=(activity,)), "en"))
    with zipfile.ZipFile(io.BytesIO(release.package(activities=uses))) as archive:
        manifest = json.loads(archive.read("data/manifest.json"))
        page = archive.read("data/index.html").decode()
    assert manifest["activities"][0]["legal_bases"] == ["contract", "consent"]
    assert ", ".join(speak("en")(f"basis_{each}") for each in activity.bases) in page
