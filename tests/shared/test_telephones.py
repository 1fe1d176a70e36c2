"""A stored number is dialled in one way or not at all."""

import pytest

from habeas.errors import Refused
from habeas.telephones import block_of, takes_texts, to_e164

MOBILE = "+46701234567"


@pytest.mark.parametrize(
    ("stored", "country", "dialled"),
    [
        ("070-123 45 67", "SE", MOBILE),
        ("0701234567", "SE", MOBILE),
        ("070 - 123 45 67", "SE", MOBILE),
        ("(070) 123 45 67", "SE", MOBILE),
        ("+46 (0)70-123 45 67", "SE", MOBILE),
        ("0046 70 123 45 67", "SE", MOBILE),
        ("+46701234567", "IE", MOBILE),
        ("087 123 4567", "IE", "+353871234567"),
        ("07911 123456", "GB", "+447911123456"),
        ("+1 212 555 0123", "SE", "+12125550123"),
    ],
)
def test_a_number_is_dialled_by_its_own_country_or_by_the_company_s(stored: str, country: str, dialled: str) -> None:
    assert to_e164(stored, country) == dialled
    assert takes_texts(stored, country)


@pytest.mark.parametrize(
    "stored",
    [
        "", "112", "call me", "070-123", "070-123 45 67 89 01", "08-123 456 78", "0939-123 45 67", "0900-123 45 67",
        "020-123 456", "+1 900 555 1234", "+44 909 879 0000", "+870 773 111 632", "+882 13 300 655", "+979 123 456 789",
        "070-123 45 67 ext. 5", "070-123 45 67;postd=99", "+", "0" * 300,
        "076-123 45 67\n076-123 45 68", "anna@example.com",
    ],
)  # fmt: skip
def test_what_no_text_may_go_to_is_refused(stored: str) -> None:
    """Landlines, premium and shared cost, satellites and networks of no country, and what is no number."""
    with pytest.raises(Refused) as refused:
        to_e164(stored, "SE")
    assert not takes_texts(stored, "SE")
    assert stored == "" or stored not in refused.value.reason


def test_a_block_is_a_thousand_numbers() -> None:
    assert block_of("+46701234567") == block_of("+46701234000") == "+46701234"
