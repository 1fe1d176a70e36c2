# long because the folder, its keys and its public file have to change together
"""The local keyring: a folder outside the data folder with the private keys of some owners and everybody's public ones.

    public.json                    the pinned directory, see `habeas.crypto.directory`
    sign/<owner>/<key id>.key      Ed25519
    seal/<owner>/<YYYY-MM>.key     the seed of the hybrid sealing key of a month
    kek/<class>-<YYYY-MM>.key      key-encryption keys, see `habeas.crypto.providers`
    secret/<owner>/<name>.key      32 random bytes: pepper, blind index, cookies

Files are 0400 in folders 0700. In the embedded mode one keyring holds everybody's keys; in the split mode each
service's keyring holds its own and is told the others' with `pin`. A key that is not held is an error that says so.
It may be mounted read-only: nothing is written unless something has to be made. The life of a key is in
`docs/security.md`.
"""

import hashlib
import os
import re
import threading
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from habeas.clock import SYSTEM_CLOCK, Clock
from habeas.crypto.canonical import read_json, write_json
from habeas.crypto.directory import OWNER, Directory, OwnerKeys, Published
from habeas.crypto.keyfiles import KEY_BYTES, KeyNotHeld, destroy_key, locked, read_key, write_key, write_whole
from habeas.crypto.months import add_months, end_of, is_month, month_of
from habeas.crypto.sealing import CannotOpen, Opener, PrivateSealingKey, check_public
from habeas.crypto.signing import Signer
from habeas.errors import Refused

KEPT_AFTER_MONTH = timedelta(days=40)
"""How long a sealing key outlives its month: longer than a letter is valid (35 days), and no longer."""
_MONTHS_AHEAD = 2
_SECRET = re.compile(r"[a-z][a-z0-9-]{0,40}")
_NOBODY = OwnerKeys({}, {}, frozenset())


class Keyring:
    """One machine's keys; everything it gives is loaded once and kept in memory."""

    def __init__(self, folder: Path, clock: Clock = SYSTEM_CLOCK) -> None:
        self.folder = folder
        self._clock = clock
        self._lock = threading.Lock()
        self._published: tuple[tuple[int, ...], Published] | None = None
        self._signers: dict[str, tuple[Published, Signer]] = {}
        self._private: dict[tuple[str, str], PrivateSealingKey] = {}
        self._secrets: dict[tuple[str, str], bytes] = {}

    def init(self, owners: Iterable[str], now: datetime) -> None:
        """Make what these owners lack: a signing key, this month's and next month's sealing key; safe to repeat."""
        names = tuple(owners)
        for owner in names:
            _check_owner(owner)
        with locked(self.folder):
            for owner in names:
                if not self._signing_ids(owner, self._read_published()):
                    self._make_signing_key(owner, now)
                self._make_sealing_keys(owner, now)
            self._write_published(now)

    def rotate(self, now: datetime) -> None:
        """Make next month's sealing keys of every owner held here, and destroy those 40 days past their month."""
        with locked(self.folder):
            for owner in self.holds():
                self._make_sealing_keys(owner, now)
            self._write_published(now)  # first, so that nobody can be told to seal to a key that is gone
            for owner in self.holds():
                for month in self._months(owner):
                    if _is_over(month, now):
                        destroy_key(self._seal_path(owner, month))
                        self._private.pop((owner, month), None)

    def revoke(self, owner: str, key_id: str) -> None:
        """Let nothing that this key ever signed be believed again; a key held here is destroyed and succeeded.

        Whoever verifies elsewhere has to be told the new directory (`publish`, `pin`) before it counts there.
        """
        with locked(self.folder):
            published = self._read_published()
            keys = published.owners.get(owner, _NOBODY)
            if key_id not in keys.sign:
                raise Refused("the key directory has no such key")
            path = self._sign_path(owner, key_id)
            if path.exists() and self._signing_ids(owner, published) == [key_id]:
                self._make_signing_key(owner, self._clock.now())
            revoked = OwnerKeys(keys.sign, keys.seal, keys.revoked | {key_id})
            self._write_published(self._clock.now(), {**published.owners, owner: revoked})
            destroy_key(path)

    def pin(self, value: Any) -> None:
        """Take over the public keys of owners that are not held here; raises Refused if the directory is malformed.

        What it says about owners held here is ignored, and a key that was revoked stays revoked.
        """
        told = Published.from_object(value).owners
        with locked(self.folder):
            owners = dict(self._read_published().owners)
            for owner in told.keys() - set(self.holds()):
                keys = told[owner]
                known = owners.get(owner, _NOBODY)
                owners[owner] = OwnerKeys(keys.sign, keys.seal, keys.revoked | known.revoked)
            self._write_published(self._clock.now(), owners)

    def learn(self, owner: str, seal: Mapping[str, bytes]) -> None:
        """Take over sealing keys that a pinned owner has turned to; safe to repeat.

        Whoever calls has verified that `owner` says so. A month that is known already keeps its key, and signing keys
        are never learned this way. Raises Refused for months that are not those of now and soon.
        """
        now = self._clock.now()
        with locked(self.folder):
            owners = dict(self._read_published().owners)
            known = owners.get(owner, _NOBODY)
            if owner in self.holds() or not known.sign:
                raise Refused(f"sealing keys are learned only of others whose signing keys are pinned, not of {owner}")
            if any(month > add_months(month_of(now), _MONTHS_AHEAD) for month in seal) or not _are_sealing_keys(seal):
                raise Refused(f"{owner} tells sealing keys that are none of ours, or too far ahead")
            learned = {month: key for month, key in {**seal, **known.seal}.items() if not _is_over(month, now)}
            owners[owner] = OwnerKeys(known.sign, learned, known.revoked)
            self._write_published(now, owners)

    def publish(self) -> dict[str, Any]:
        """Give the public directory as a JSON object, for `pin` on other machines and for the public web page."""
        return self._current().to_object()

    def holds(self) -> tuple[str, ...]:
        """List the owners whose private keys are here."""
        return tuple(sorted({path.name for kind in ("sign", "seal") for path in _list_folder(self.folder / kind)}))

    def directory(self) -> Directory:
        """Give the pinned public keys, re-read whenever the file changes."""
        return Directory(self._current, self._clock)

    def signer(self, owner: str) -> Signer:
        """Give what signs as this owner, with its newest key that is not revoked; raises KeyNotHeld."""
        published = self._current()
        cached = self._signers.get(owner)
        if cached is not None and cached[0] is published:
            return cached[1]
        held = self._signing_ids(_check_owner(owner), published)
        if not held:
            raise KeyNotHeld(f"this keyring holds no signing key of {owner}: run `habeas keys init` where {owner} runs")
        key_id = max(held)
        private = Ed25519PrivateKey.from_private_bytes(read_key(self._sign_path(owner, key_id)))
        signer = Signer(owner, key_id, private)
        self._signers[owner] = (published, signer)
        return signer

    def opener(self, owner: str) -> Opener:
        """Give what opens parts sealed to this owner; raises KeyNotHeld if this keyring holds none of its keys."""
        if not self._months(_check_owner(owner)):
            raise KeyNotHeld(f"this keyring holds no sealing key of {owner}: run `habeas keys init` where {owner} runs")
        return Opener(owner, self._find_private(owner))

    def secret(self, owner: str, name: str) -> bytes:
        """Give 32 secret bytes for one use; made at the first call, the same in every process from then on."""
        cached = self._secrets.get((owner, name))
        if cached is not None:
            return cached
        path = self._secret_path(owner, name)
        try:
            secret = read_key(path)
        except FileNotFoundError:
            with locked(self.folder):
                if not path.exists():
                    write_key(path, os.urandom(KEY_BYTES))
            secret = read_key(path)
        self._secrets[owner, name] = secret
        return secret

    def holds_secret(self, owner: str, name: str) -> bool:
        """Say whether a secret is here, without making it."""
        return self._secret_path(owner, name).exists()

    def destroy_secret(self, owner: str, name: str) -> None:
        """Destroy a secret: what was made with it can never be made again; other processes may remember it a while."""
        with locked(self.folder):
            destroy_key(self._secret_path(owner, name))
            self._secrets.pop((owner, name), None)

    # Private keys

    def _make_signing_key(self, owner: str, now: datetime) -> None:
        seed = os.urandom(KEY_BYTES)
        digest = hashlib.sha256(_public_of(seed)).hexdigest()
        write_key(self._sign_path(owner, f"{month_of(now)}-{digest[:16]}"), seed)

    def _make_sealing_keys(self, owner: str, now: datetime) -> None:
        for month in (month_of(now), add_months(month_of(now), 1)):
            if not self._seal_path(owner, month).exists():
                write_key(self._seal_path(owner, month), os.urandom(KEY_BYTES))

    def _signing_ids(self, owner: str, published: Published) -> list[str]:
        revoked = published.owners.get(owner, _NOBODY).revoked
        return [key_id for key_id in _list_keys(self.folder / "sign" / owner) if key_id not in revoked]

    def _months(self, owner: str) -> list[str]:
        return [month for month in _list_keys(self.folder / "seal" / owner) if is_month(month)]

    def _find_private(self, owner: str) -> Callable[[str], PrivateSealingKey]:
        def find(month: str) -> PrivateSealingKey:
            if not is_month(month) or _is_over(month, self._clock.now()):
                self._private.pop((owner, month), None)
                raise CannotOpen("the key this was sealed to has been destroyed, or never was")
            private = self._private.get((owner, month))
            if private is None:
                try:
                    private = PrivateSealingKey(read_key(self._seal_path(owner, month)))
                except FileNotFoundError:
                    raise CannotOpen("the key this was sealed to has been destroyed, or never was") from None
                self._private[owner, month] = private
            return private

        return find

    def _sign_path(self, owner: str, key_id: str) -> Path:
        return self.folder / "sign" / _check_owner(owner) / f"{key_id}.key"

    def _seal_path(self, owner: str, month: str) -> Path:
        return self.folder / "seal" / owner / f"{month}.key"

    def _secret_path(self, owner: str, name: str) -> Path:
        if not _SECRET.fullmatch(name):
            raise ValueError("a secret's name is lower-case letters, digits and hyphens")
        return self.folder / "secret" / _check_owner(owner) / f"{name}.key"

    # The public directory

    def _current(self) -> Published:
        try:
            stat = (self.folder / "public.json").stat()
        except FileNotFoundError:
            raise KeyNotHeld("there is no key directory here: run `habeas keys init`") from None
        stamp = (stat.st_mtime_ns, stat.st_ino, stat.st_size)
        with self._lock:
            if self._published is None or self._published[0] != stamp:
                self._published = (stamp, self._read_published())
            return self._published[1]

    def _read_published(self) -> Published:
        path = self.folder / "public.json"
        return Published.from_object(read_json(path.read_bytes())) if path.exists() else Published({})

    def _write_published(self, now: datetime, owners: Mapping[str, OwnerKeys] | None = None) -> None:
        before = self._read_published()
        after = dict(before.owners if owners is None else owners)
        for owner in self.holds():
            known = after.get(owner, _NOBODY)
            after[owner] = OwnerKeys(
                {**known.sign, **{each: self._signing_public(owner, each) for each in self._held_ids(owner)}},
                {each: self._sealing_public(owner, each) for each in self._months(owner) if not _is_over(each, now)},
                known.revoked,
            )
        if after != before.owners:
            write_whole(self.folder / "public.json", write_json(Published(after).to_object()), 0o644)

    def _held_ids(self, owner: str) -> list[str]:
        return _list_keys(self.folder / "sign" / owner)

    def _signing_public(self, owner: str, key_id: str) -> bytes:
        return _public_of(read_key(self._sign_path(owner, key_id)))

    def _sealing_public(self, owner: str, month: str) -> bytes:
        return PrivateSealingKey(read_key(self._seal_path(owner, month))).public()


def _public_of(seed: bytes) -> bytes:
    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()


def _are_sealing_keys(seal: Mapping[str, bytes]) -> bool:
    return all(is_month(month) and check_public(public) for month, public in seal.items())


def _is_over(month: str, now: datetime) -> bool:
    return now >= end_of(month) + KEPT_AFTER_MONTH


def _check_owner(owner: str) -> str:
    if not OWNER.fullmatch(owner):
        raise Refused("an owner of keys is named in lower-case letters, digits and hyphens")
    return owner


def _list_folder(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.is_dir()] if folder.is_dir() else []


def _list_keys(folder: Path) -> list[str]:
    return sorted(path.stem for path in folder.glob("[!.]*.key")) if folder.is_dir() else []
