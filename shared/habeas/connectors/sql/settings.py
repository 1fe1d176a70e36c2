"""Reads a database's settings file and its data map, and names every fault at once."""

from collections.abc import Mapping
from pathlib import Path

import sqlalchemy as sa

from habeas.connectors.sql.access import read_url
from habeas.connectors.sql.datamap import DataMap
from habeas.connectors.sql.mapfile import load_map
from habeas.sdk import MAX_ROWS, Fault, Faults, Secret, read_secret

_SETTINGS = ("url", "url_file", "url_env", "map", "max_rows", "hash_key_file", "hash_key_env")
_SHORTEST_KEY = 32


def read_settings(settings: Mapping[str, object], here: Path) -> tuple[sa.URL, DataMap, int, Secret | None]:
    """Address, map, breaker, and the key under which the map hashes; raises Faults."""
    faults = [
        Fault(key, "this key is not known", f"known are {', '.join(_SETTINGS)}")
        for key in settings
        if key not in _SETTINGS
    ]
    secret = read_secret(settings, "url", here)
    url = read_url(secret) if isinstance(secret, Secret) else secret
    max_rows = settings.get("max_rows", MAX_ROWS)
    if not isinstance(max_rows, int) or isinstance(max_rows, bool) or max_rows < 1:
        faults.append(Fault("max_rows", "it is no number of rows"))
    data_map = _read_map(settings.get("map"), here, faults)
    hash_key = _read_hash_key(settings, here, data_map, faults)
    if isinstance(url, Fault):
        faults.append(url)
    if faults or data_map is None or isinstance(url, Fault):
        raise Faults(faults)
    if url.get_backend_name() == "sqlite":
        url = url.set(database=str(here / str(url.database)))
    return url, data_map, int(str(max_rows)), hash_key


def _read_map(file: object, here: Path, faults: list[Fault]) -> DataMap | None:
    if not isinstance(file, str):
        faults.append(Fault("map", "no data map is named", "name its file"))
        return None
    try:
        return load_map(here / file, here)
    except Faults as found:
        faults.extend(found.faults)
        return None


def _read_hash_key(
    settings: Mapping[str, object], here: Path, data_map: DataMap | None, faults: list[Fault]
) -> Secret | None:
    given = any(settings.get(name) is not None for name in ("hash_key_file", "hash_key_env"))
    hashes = data_map is not None and any(
        blanking.hashes
        for table in data_map.tables.values()
        for blanking in (table.erase, table.when_kept)
        if blanking is not None
    )
    if not given:
        if hashes:
            remedy = "write 32 random characters or more into a file of its own and name it: hash_key_file"
            faults.append(Fault("hash_key_file", "the map hashes, and there is no key", remedy))
        return None
    key = read_secret({**settings, "hash_key": None}, "hash_key", here)
    if isinstance(key, Fault):
        faults.append(key)
        return None
    if len(key.reveal()) < _SHORTEST_KEY:
        faults.append(Fault("hash_key_file", f"the key is shorter than {_SHORTEST_KEY} characters"))
    return key
