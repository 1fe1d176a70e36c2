"""Whom a person can complain to: the controller's authority first, then the one of the person's own country."""

from dataclasses import replace
from pathlib import Path

import pytest

from habeas.profile import Authority, load_profile
from habeas.profile.authorities import AUTHORITIES, authorities_for
from habeas.profile.places import EEA

SAMPLE = load_profile(Path(__file__).parents[2] / "examples/sample-company/profile.yaml")


def test_every_country_of_the_eea_has_one_and_so_have_its_neighbours() -> None:
    assert set(AUTHORITIES) == EEA | {"GB", "CH"}


@pytest.mark.parametrize("country", sorted(AUTHORITIES))
def test_an_authority_has_a_name_and_a_secure_page(country: str) -> None:
    authority = AUTHORITIES[country]
    assert authority.name
    assert authority.url.startswith("https://")
    assert authority.url.endswith("/")


def test_no_two_countries_share_an_authority() -> None:
    assert len({each.url for each in AUTHORITIES.values()}) == len(AUTHORITIES)


@pytest.mark.parametrize("country", sorted(AUTHORITIES))
def test_the_controllers_own_comes_first_and_the_persons_second(country: str) -> None:
    found = authorities_for(SAMPLE, country)
    assert found[0] == SAMPLE.controller.authority
    assert found[1:] == (() if country == "SE" else (AUTHORITIES[country],))


@pytest.mark.parametrize("country", [None, "US", "XX", "", "se"])
def test_a_country_that_nobody_knows_adds_none(country: str | None) -> None:
    assert authorities_for(SAMPLE, country) == (SAMPLE.controller.authority,)


def test_what_the_profile_says_stands_before_what_is_known() -> None:
    other = Authority("Landesbeauftragter", "https://www.example.de/")
    profile = replace(SAMPLE, authorities={"DE": other, "US": other})
    assert authorities_for(profile, "DE") == (SAMPLE.controller.authority, other)
    assert authorities_for(profile, "US") == (SAMPLE.controller.authority, other)
    assert authorities_for(profile, "DK")[1] == AUTHORITIES["DK"]


def test_whoever_is_in_the_controllers_country_is_told_of_the_controllers_authority_alone() -> None:
    profile = replace(SAMPLE, authorities={"SE": Authority("Another", "https://www.example.se/")})
    assert authorities_for(profile, "SE") == (SAMPLE.controller.authority,)


def test_one_authority_is_not_named_twice() -> None:
    again = Authority("IMY", SAMPLE.controller.authority.url)
    assert authorities_for(replace(SAMPLE, authorities={"DK": again}), "DK") == (SAMPLE.controller.authority,)
