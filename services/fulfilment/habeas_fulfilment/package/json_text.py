"""Values as JSON text, exactly and fast."""

import json
import json.encoder
from collections.abc import Callable
from typing import Any


def _refuse(value: Any) -> Any:
    raise TypeError(f"a value of type {type(value).__name__} has no form in JSON")


def _make_writer() -> Callable[[Any], str]:
    """Build the C encoder once: `json` builds it anew for every value, which takes as long as a small record does."""
    make = getattr(json.encoder, "c_make_encoder", None)
    if make is None:
        return json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode
    spell = json.encoder.encode_basestring
    encode = make(None, _refuse, spell, None, ":", ",", False, False, False)
    return lambda value: "".join(encode(value, 0))


write_json_text = _make_writer()
"""Gives a JSON value as compact text; raises ValueError for NaN and infinity, TypeError for what is no JSON."""
