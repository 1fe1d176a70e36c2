"""Settings are read once, and every fault is told at once."""

from pathlib import Path

import pytest

from habeas.errors import Faults
from habeas.settings import Secret, read_settings


def test_the_defaults_are_the_embedded_mode() -> None:
    settings = read_settings({})
    assert settings.embedded
    assert settings.database == "sqlite:"


def test_every_fault_is_told_at_once() -> None:
    given = {
        "HABEAS_DATABSE": "sqlite:",
        "HABEAS_BROKER": "kafka:",
        "HABEAS_LISTEN": "8080",
        "HABEAS_RETRY_SECONDS": "0",
        "HABEAS_PORTAL_URL": "example.com/portal",
        "HABEAS_MAIL_FILE": "/nowhere/at/all",
    }
    with pytest.raises(Faults) as wrong:
        read_settings(given)
    assert {fault.where for fault in wrong.value.faults} == set(given)


def test_a_misspelt_setting_is_told_its_right_name() -> None:
    with pytest.raises(Faults, match="HABEAS_DATABASE"):
        read_settings({"HABEAS_DATABSE": "sqlite:"})


def test_a_secret_can_come_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "broker"
    file.write_text("amqp://user:secret@host/\n")
    settings = read_settings({"HABEAS_BROKER_FILE": str(file)})
    assert settings.broker == "amqp://user:secret@host/"


def test_a_secret_is_not_printed() -> None:
    settings = read_settings({"HABEAS_DATABASE": "postgresql://user:hunter2@host/name"})
    assert "hunter2" not in repr(settings)
    assert repr(Secret("hunter2")) == "Secret('***')"


@pytest.mark.parametrize(
    "url", ["", "inbox:", "https://texts.example/send", "http://127.0.0.1:8090/", "http://localhost/"]
)
def test_texts_go_to_the_inbox_to_a_gateway_or_nowhere(url: str) -> None:
    assert read_settings({"HABEAS_SMS": url}).texts == url


@pytest.mark.parametrize(
    "url",
    ["http://texts.example/", "https://user:pass@texts.example/", "https:///x", "ftp://x", "https://x/#y", "inbox:x"],
)
def test_a_gateway_that_could_be_overheard_is_refused(url: str) -> None:
    with pytest.raises(Faults, match="HABEAS_SMS"):
        read_settings({"HABEAS_SMS": url})


@pytest.mark.parametrize("secret", ["letmein", "whsec_", "whsec_c2hvcnQ=", "whsec_***"])
def test_a_secret_that_signs_nothing_is_refused_without_being_shown(secret: str) -> None:
    with pytest.raises(Faults, match="HABEAS_SMS_SECRET") as wrong:
        read_settings({"HABEAS_SMS_SECRET": secret})
    assert secret not in str(wrong.value) or secret == "whsec_"


def test_no_text_goes_to_a_page_that_nobody_is_shown() -> None:
    assert read_settings({"HABEAS_MAIL": "smtp://127.0.0.1:25"}).texts == ""
