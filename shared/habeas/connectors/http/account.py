"""The settings of one system: which vendor, where, with which secrets and options."""

import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from habeas.addresses import problem_of_url
from habeas.connectors.http.loading import load_shipped, load_vendor
from habeas.connectors.http.templates import Slots, Template, fill_text
from habeas.connectors.http.vendorfile import Option, Scheme, Vendor
from habeas.sdk import MAX_ROWS, Fault, Faults, Json, NeedsPerson, Secret, read_secret

_SETTINGS = (
    "vendor", "vendor_file", "base_url", "other_base_urls", "options", "activities", "max_rows", "insecure_http",
    "country", "ca_file", "timeout_seconds",
)  # fmt: skip
_SECRET_KEY = re.compile(r"([a-z][a-z0-9_]*?)(?:_file|_env)?")
_PATH = re.compile(r"(?:/[A-Za-z0-9._~!$&'()*+,;=:@-]+)+")
_COUNTRY = re.compile(r"[A-Z]{2}")
DEFAULT = "default"


@dataclass(frozen=True)
class Account:
    """What the settings of a system say, checked against the vendor's file."""

    vendor: Vendor
    base_urls: Mapping[str, str]
    options: Mapping[str, Json]
    schemes: Mapping[str, Scheme]
    secrets: Mapping[str, Secret] = field(repr=False)
    activities: Mapping[str, str]
    max_rows: int = MAX_ROWS
    country: str = ""
    ca_file: Path | None = None
    insecure_http: bool = False
    timeout_seconds: float | None = None

    @property
    def raw(self) -> frozenset[str]:
        """The options that may hold slashes."""
        return frozenset(name for name, each in self.vendor.options.items() if each.type == "path")

    def slots(self, **more: Any) -> Slots:
        """Slots that know the options."""
        return Slots(self.options, country=self.country, **more)


def read_account(settings: Mapping[str, object], here: Path) -> Account:
    """The account that a settings file describes; raises Faults with every fault of it at once."""
    vendor = _vendor(settings, here)
    return _Reading(vendor, settings, here).read()


def _vendor(settings: Mapping[str, object], here: Path) -> Vendor:
    name, file = settings.get("vendor"), settings.get("vendor_file")
    if (name is None) == (file is None):
        raise Faults([Fault("vendor", "give exactly one of vendor and vendor_file", "name one that ships, or a file")])
    if isinstance(file, str):
        return load_vendor(here / file, name=file)
    if isinstance(name, str):
        return load_shipped(name)
    raise Faults([Fault("vendor" if file is None else "vendor_file", "it is no text")])


class _Reading:
    """Goes through the settings and collects every fault."""

    def __init__(self, vendor: Vendor, settings: Mapping[str, object], here: Path) -> None:
        self.vendor = vendor
        self.settings = settings
        self.here = here
        self.faults: list[Fault] = []

    def read(self) -> Account:
        insecure = self.settings.get("insecure_http", False)
        if not isinstance(insecure, bool):
            self._fault("insecure_http", "it is neither yes nor no")
        options = self._options()
        schemes, secrets = self._schemes()
        self._unknown({name for each in self.vendor.auth.values() for scheme in each for name in scheme.secrets})
        account = Account(
            vendor=self.vendor.chosen(options),
            base_urls=self._base_urls(options, insecure=insecure is True),
            options=options,
            schemes=schemes,
            secrets=secrets,
            activities=self._activities(),
            max_rows=self._max_rows(),
            country=self._country(),
            ca_file=self._ca_file(),
            insecure_http=insecure is True,
            timeout_seconds=self._timeout(),
        )
        if self.faults:
            raise Faults(self.faults)
        return account

    def _unknown(self, secrets: set[str]) -> None:
        for key in self.settings:
            match = _SECRET_KEY.fullmatch(key)
            if key not in _SETTINGS and not (match and match[1] in secrets) and key not in secrets:
                known = [*_SETTINGS, *(f"{name}_file" for name in sorted(secrets))]
                self._fault(key, "this key is not known", f"known are {', '.join(known)}")

    def _options(self) -> dict[str, Json]:
        said = self._mapping("options")
        for name in said.keys() - self.vendor.options.keys():
            known = ", ".join(self.vendor.options) or "none"
            self._fault(f"options.{name}", "the vendor's file has no such option", f"known are {known}")
        found: dict[str, Json] = {}
        for name, option in self.vendor.options.items():
            value = said.get(name, option.default)
            if value is None:
                self._fault(f"options.{name}", "it has to be chosen", option.about)
            elif problem := _problem_of(option, value):
                self._fault(f"options.{name}", problem, option.about)
            else:
                found[name] = value
        return found

    def _base_urls(self, options: Mapping[str, Json], *, insecure: bool) -> dict[str, str]:
        said = {DEFAULT: self.settings.get("base_url"), **self._mapping("other_base_urls")}
        for name in said.keys() - {DEFAULT, *self.vendor.other_base_urls}:
            self._fault(f"other_base_urls.{name}", "the vendor's file has no such base")
        templates: dict[str, Template | None] = {DEFAULT: self.vendor.base_url, **self.vendor.other_base_urls}
        found: dict[str, str] = {}
        for name, template in templates.items():
            key = "base_url" if name == DEFAULT else f"other_base_urls.{name}"
            url = said.get(name)
            if url is None and template is not None:
                url = self._filled(key, template, options)
            if url is None:
                self._fault(key, "it is missing", "every account has its own: write https://...")
            elif problem := problem_of_url(url, insecure=insecure):
                self._fault(key, problem)
            else:
                found[name] = str(url).rstrip("/")
        return found

    def _filled(self, key: str, template: Template, options: Mapping[str, Json]) -> str | None:
        try:
            return fill_text(template, Slots(options))
        except NeedsPerson:
            self._fault(key, "an option that it is made of is missing")
            return ""

    def _schemes(self) -> tuple[dict[str, Scheme], dict[str, Secret]]:
        chosen: dict[str, Scheme] = {DEFAULT: Scheme()}
        secrets: dict[str, Secret] = {}
        for name, schemes in self.vendor.auth.items():
            scheme = self._choose(schemes)
            chosen[name] = scheme
            for secret in scheme.secrets:
                found = read_secret(self.settings, secret, self.here)
                if isinstance(found, Fault):
                    self.faults.append(found)
                else:
                    secrets[secret] = found
        return chosen, secrets

    def _choose(self, schemes: tuple[Scheme, ...]) -> Scheme:
        """The scheme whose secrets the settings give, the first if they give none."""
        given = [each for each in schemes if any(self._gives(name) for name in each.secrets)]
        if len(given) > 1:
            best = max(len([name for name in each.secrets if self._gives(name)]) for each in given)
            given = [each for each in given if len([n for n in each.secrets if self._gives(n)]) == best]
        if len(given) > 1:
            names = " or ".join(", ".join(each.secrets) for each in given)
            self._fault(given[0].secrets[0], "the secrets of more than one way to sign in are given", f"give {names}")
        return (given or list(schemes))[0]

    def _gives(self, name: str) -> bool:
        return any(self.settings.get(key) is not None for key in (name, f"{name}_file", f"{name}_env"))

    def _activities(self) -> dict[str, str]:
        said = self._mapping("activities")
        kinds = self.vendor.kinds
        for name in said.keys() - {DEFAULT, *kinds}:
            self._fault(f"activities.{name}", "the vendor's file has no such kind", f"known are {', '.join(kinds)}")
        for name, value in said.items():
            if not isinstance(value, str) or not value:
                self._fault(f"activities.{name}", "it is no text")
        if missing := [name for name in kinds if not said.get(name) and not said.get(DEFAULT)]:
            self._fault("activities", f"there is none for {', '.join(missing)}", "write activities: {default: NAME}")
        return {name: str(said.get(name) or said.get(DEFAULT)) for name in kinds}

    def _max_rows(self) -> int:
        said = self.settings.get("max_rows", MAX_ROWS)
        if type(said) is not int or said < 1:
            self._fault("max_rows", "it is no number of rows")
            return MAX_ROWS
        return said

    def _timeout(self) -> float | None:
        said = self.settings.get("timeout_seconds")
        if said is None or (type(said) in (int, float) and 0 < float(str(said)) <= 600):
            return None if said is None else float(str(said))
        self._fault("timeout_seconds", "it is no number of seconds up to 600")
        return None

    def _country(self) -> str:
        said = self.settings.get("country", "")
        if said and not (isinstance(said, str) and _COUNTRY.fullmatch(said)):
            self._fault("country", "it is no country", "write its two letters, as SI")
        return str(said)

    def _ca_file(self) -> Path | None:
        said = self.settings.get("ca_file")
        if said is None:
            return None
        path = self.here / str(said)
        try:
            ssl.create_default_context(cafile=str(path))
        except (OSError, ssl.SSLError):
            self._fault("ca_file", "it cannot be read as certificates", "name a file of PEM certificates")
        return path

    def _mapping(self, key: str) -> dict[str, Any]:
        said = self.settings.get(key, {})
        if isinstance(said, dict):
            return said
        self._fault(key, "it is no mapping")
        return {}

    def _fault(self, where: str, problem: str, remedy: str = "") -> None:
        self.faults.append(Fault(where, problem, remedy))


def _problem_of(option: Option, value: Any) -> str:
    if option.choices and value not in option.choices:
        return f"it is none of {', '.join(map(str, option.choices))}"
    match option.type:
        case "number":
            return "" if type(value) is int else "it is no whole number"
        case "flag":
            return "" if isinstance(value, bool) else "it is neither yes nor no"
        case "list":
            single = isinstance(value, list) and all(isinstance(each, str | int) for each in value)
            return "" if single and value else "it is no list"
    if option.type == "text" and type(value) is int:
        return ""  # a number of a list or property, which need not stand in quotes
    if not isinstance(value, str) or not value or not value.isprintable() or not value.isascii():
        return "it is no text of plain characters"
    if option.type == "path" and not (_PATH.fullmatch(value) and not {".", ".."} & set(value.split("/"))):
        return "it is no path that begins with / and does not end with it"
    return problem_of_url(value, insecure=False) if option.type == "url" else ""
