# long because it is one table: every key of the form as a value
"""A vendor's file as values: its calls, its kinds of records, and what its delete really does."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from habeas.connectors.http.fields import Field
from habeas.connectors.http.pace import Limits
from habeas.connectors.http.query import Query
from habeas.connectors.http.templates import Template

METHODS = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True)
class Option:
    """What the settings of a system may choose."""

    about: str = ""
    type: str = "text"
    default: Any = None
    choices: tuple[Any, ...] = ()


@dataclass(frozen=True)
class OAuth2:
    """Where and with which secrets a token is got."""

    grant: str
    token_url: Template
    client_id: str
    client_secret: str
    refresh_token: str = ""
    scope: str = ""
    send: str = "body"


@dataclass(frozen=True)
class OAuth1:
    """The names of the four secrets of a signature."""

    consumer_key: str
    consumer_secret: str
    token: str
    token_secret: str


@dataclass(frozen=True)
class Basic:
    """User and password, of which the password is a secret."""

    password: str
    user: Template | None = None
    user_secret: str = ""


@dataclass(frozen=True)
class Scheme:
    """One way to say who asks; all of it empty means that nobody asks."""

    bearer: str = ""
    header: str = ""
    secret: str = ""
    prefix: str = ""
    basic: Basic | None = None
    body: Mapping[str, str] = field(default_factory=dict)
    oauth2: OAuth2 | None = None
    oauth1: OAuth1 | None = None

    @property
    def secrets(self) -> tuple[str, ...]:
        """The names of the secrets that it takes."""
        names = [self.bearer, self.secret, *self.body.values()]
        if self.basic:
            names += [self.basic.password, self.basic.user_secret]
        if self.oauth2:
            names += [self.oauth2.client_id, self.oauth2.client_secret, self.oauth2.refresh_token]
        if self.oauth1:
            names += [getattr(self.oauth1, name) for name in OAuth1.__dataclass_fields__]
        return tuple(dict.fromkeys(name for name in names if name))


@dataclass(frozen=True)
class ErrorRule:
    """What an answer means that its status does not tell."""

    means: str
    when: Query | None = None
    status: int | None = None
    say: str = ""


@dataclass(frozen=True)
class Each:
    """A list that is gone through: of an option, or of a call's records."""

    option: str = ""
    call: str = ""
    take: Field | None = None


@dataclass(frozen=True)
class Pages:
    """How the next page is asked for; of `cursor`, `offset`, `page`, `last`, `next_url`, `link` one is given."""

    cursor: Field | None = None
    offset: str = ""
    page: str = ""
    last: Field | None = None
    next_url: Field | None = None
    link: str = ""
    send: str = ""
    start: str = ""
    first: int = 1
    size: int = 0
    send_size: str = ""
    total: Field | None = None
    more: Field | None = None
    most: int = 1000


@dataclass(frozen=True)
class Job:
    """Work that the vendor does later."""

    id: Field
    poll: str
    done: Query
    failed: Query | None = None
    every: timedelta = timedelta(hours=1)
    within: timedelta = timedelta(days=30)
    fetch: str = ""


@dataclass(frozen=True)
class Call:
    """One request that can be made."""

    get: Template | None = None
    post: Template | None = None
    put: Template | None = None
    patch: Template | None = None
    delete: Template | None = None
    base: str = ""
    auth: str = "default"
    query: Mapping[str, Any] = field(default_factory=dict)
    form: Mapping[str, Any] | None = None
    json: Any = None
    has_json: bool = False
    headers: Mapping[str, Template] = field(default_factory=dict)
    expect: tuple[int, ...] = (200,)
    answers: Mapping[str, str] = field(default_factory=dict)
    errors: tuple[ErrorRule, ...] = ()
    scope: str = ""
    group: str = "default"
    records: Query | None = None
    record: Query | None = None
    pages: Pages | None = None
    most_records: int = 0
    idempotency: str = ""
    job: Job | None = None
    timeout: int = 30
    name: str = ""

    @property
    def method(self) -> str:
        return next(each for each in METHODS if getattr(self, each) is not None).upper()

    @property
    def path(self) -> Template:
        found: Template = getattr(self, self.method.lower())
        return found

    @property
    def parts(self) -> tuple[Any, ...]:
        """Everything of it that may hold slots."""
        return (self.path, self.query, self.form, self.json, self.headers)


@dataclass(frozen=True)
class Way:
    """One way to search: by which identifier, with which call."""

    by: str
    call: str
    fuzzy: bool = False
    each: str = ""


@dataclass(frozen=True)
class Match:
    """The field of a record that holds an identifier, and how it is compared."""

    field: Field
    compare: str = "exact"
    optional: bool = False
    several: bool = False


@dataclass(frozen=True)
class Belongs:
    """The field of a record that names the record above it, and which field of that one it names."""

    field: Field
    to: Field


@dataclass(frozen=True)
class Step:
    """One call of something that is done to a record."""

    call: str
    by: str = ""
    each: str = ""
    kept_if: Query | None = None


@dataclass(frozen=True)
class ReadBack:
    """How it is seen that something was done."""

    call: str
    expect: str = ""
    where: Query | None = None


@dataclass(frozen=True)
class Reason:
    """Records that a program must not touch."""

    when: Query
    say: str


@dataclass(frozen=True)
class Erase:
    """What the vendor's delete really does."""

    does: str
    steps: tuple[Step, ...] = ()
    read_back: ReadBack | None = None
    within: timedelta | None = None
    every: timedelta = timedelta(minutes=1)
    recoverable: str = ""
    also_removes: tuple[str, ...] = ()
    held_by: tuple[str, ...] = ()
    ground: str = ""
    not_if: tuple[Reason, ...] = ()


@dataclass(frozen=True)
class Rectify:
    """How changed fields are sent."""

    call: str
    put: str
    fields: Mapping[str, str]


@dataclass(frozen=True)
class Toggle:
    """Something that is done and can be lifted: a restriction, a stop of marketing."""

    steps: tuple[Step, ...]
    lift: tuple[Step, ...] = ()
    read_back: ReadBack | None = None
    by: str = ""


@dataclass(frozen=True)
class Kind:
    """One kind of record."""

    find: tuple[Way, ...] = ()
    under: str = ""
    list: str = ""
    fuzzy: bool = False
    only_if: Query | None = None
    only_with: str = ""
    presumed: tuple[str, ...] = ()
    about: str = ""
    read: str = ""
    key: tuple[Field, ...] = ()
    key_within: bool = False
    match: Mapping[str, Match] = field(default_factory=dict)
    decides: str = ""
    belongs: Belongs | None = None
    data: Query | None = None
    leave_out: tuple[str, ...] = ()
    dated: Field | None = None
    channel: Mapping[str, Field] = field(default_factory=dict)
    identifies: Mapping[str, Field] = field(default_factory=dict)
    erase: Erase | None = None
    restrict: Toggle | None = None
    rectify: Rectify | None = None
    suppress: Toggle | None = None
    name: str = ""

    @property
    def searched_by(self) -> tuple[str, ...]:
        """The identifiers by which it can be asked for, not from above."""
        return tuple(dict.fromkeys([way.by for way in self.find] or self.presumed))


@dataclass(frozen=True)
class Check:
    """A cheap call that tells whether the system answers."""

    call: str
    with_value: str = ""
    where: Query | None = None
    say: str = ""
    only_with: str = ""


@dataclass(frozen=True)
class Vendor:
    """A vendor's file."""

    version: int
    vendor: str
    about: str
    calls: Mapping[str, Call]
    kinds: Mapping[str, Kind] = field(default_factory=dict)
    base_url: Template | None = None
    other_base_urls: Mapping[str, Template] = field(default_factory=dict)
    options: Mapping[str, Option] = field(default_factory=dict)
    auth: Mapping[str, tuple[Scheme, ...]] = field(default_factory=dict)
    limits: Mapping[str, Limits] = field(default_factory=dict)
    waits: Mapping[str, str] = field(default_factory=dict)
    errors: tuple[ErrorRule, ...] = ()
    each: Mapping[str, Each] = field(default_factory=dict)
    suppress: Mapping[str, Toggle] = field(default_factory=dict)
    check: tuple[Check, ...] = ()

    def below(self, name: str) -> Iterator[Kind]:
        """The kinds directly under one."""
        return (kind for kind in self.kinds.values() if kind.under == name)

    def chain(self, kind: Kind) -> list[str]:
        """The names of the kinds from the top down to this one."""
        names = [kind.name]
        while kind.under:
            kind = self.kinds[kind.under]
            names.insert(0, kind.name)
        return names

    def chosen(self, options: Mapping[str, Any]) -> "Vendor":
        """It without the kinds and checks that are there only with an option which is off."""
        names = {name for name, kind in self.kinds.items() if _is_on(kind.only_with, options)}
        kinds = {name: kind for name, kind in self.kinds.items() if names.issuperset(self.chain(kind))}
        return replace(self, kinds=kinds, check=tuple(each for each in self.check if _is_on(each.only_with, options)))


def _is_on(option: str, options: Mapping[str, Any]) -> bool:
    return not option or options.get(option) is True
