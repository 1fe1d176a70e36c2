"""Advertising audiences in small: Meta, LinkedIn and X take removals by digest, and show nobody.

Behaves as their pages and Meta's own SDK say. Digests are of the trimmed address in small letters. LinkedIn and X
answer with success and say inside of it what failed. Sources: Marketing API v26.0, DMP segments and Ads API, read in
November 2026.
"""

import re
from typing import Any

from habeas.testing.vendors.vendor import Asked, FakeVendor, Reply, route

_DIGEST = re.compile(r"[0-9a-f]{64}")


def _is_digest(value: Any) -> bool:
    return isinstance(value, str) and _DIGEST.fullmatch(value) is not None


class MetaAudiences(FakeVendor):
    """An ad account; `members` are digests, in any of its audiences."""

    forbidden = Reply(403, {"error": {"message": "no", "code": 200}})
    unauthorized = Reply(401, {"error": {"message": "no", "code": 190}})

    def __init__(self) -> None:
        super().__init__()
        self.members: set[str] = set()
        self.removed: list[tuple[str, str]] = []

    @route("GET", "/v26.0/act_42", scope="ads_management")
    def account(self, asked: Asked) -> Reply:
        return Reply(200, {"id": "act_42"})

    @route("DELETE", "/v26.0/act_42/usersofanyaudience", scope="ads_management")
    def remove(self, asked: Asked) -> Reply:
        payload = asked.json["payload"]
        (schema,), rows = payload["schema"], payload["data"]
        invalid = [row for row in rows if not _is_digest(row[0])]
        for (digest,) in rows:
            self.members.discard(digest)
            self.removed.append((schema, digest))
        return Reply(200, {"num_received": len(rows), "num_invalid_entries": len(invalid)})


class LinkedInAudiences(FakeVendor):
    """Two segments; `refused` are segments that refuse each element inside of an answer of 200."""

    version = "202611"

    def __init__(self) -> None:
        super().__init__()
        self.removed: list[tuple[str, str]] = []
        self.refused: set[str] = set()

    @route("POST", "/rest/dmpSegments/{segment}/users", scope="rw_dmp_segments")
    def remove(self, asked: Asked) -> Reply:
        told = {name.lower(): value for name, value in asked.headers.items()}
        if told.get("linkedin-version") != self.version:
            return Reply(426, {"status": 426, "code": "NONEXISTENT_VERSION"})
        if told.get("x-restli-method") != "BATCH_CREATE" or asked.path["segment"] not in ("7", "8"):
            return Reply(400, {"status": 400})
        results = []
        for element in asked.json["elements"]:
            (user,) = element["userIds"]
            whole = element["action"] == "REMOVE" and user["idType"] == "SHA256_EMAIL" and _is_digest(user["idValue"])
            done = whole and asked.path["segment"] not in self.refused
            results.append({"status": 200 if done else 400})
            self.removed += [(asked.path["segment"], user["idValue"])] if done else []
        return Reply(200, {"elements": results})


class XAudiences(FakeVendor):
    """Two audiences of an ads account; requests are signed by OAuth 1.0a. `refuses`: takes no removal, and says so."""

    def __init__(self) -> None:
        super().__init__(scopes={""})
        self.removed: list[tuple[str, str]] = []
        self.refuses = False

    def refusal(self, asked: Asked) -> Reply | None:
        """Looks at the form of the signature only: the engine's tests prove the signature itself."""
        signed = asked.headers.get("Authorization", "")
        fits = signed.startswith("OAuth ") and f'oauth_token="{self.token}"' in signed and "oauth_signature=" in signed
        return None if fits else Reply(401, {"errors": [{"code": "UNAUTHORIZED_ACCESS"}]})

    @route("GET", "/12/accounts/acme")
    def account(self, asked: Asked) -> Reply:
        return Reply(200, {"data": {"id": "acme"}})

    @route("POST", "/12/accounts/acme/custom_audiences/{audience}/users")
    def remove(self, asked: Asked) -> Reply:
        told = 0
        for operation in asked.json:
            for user in operation["params"]["users"]:
                whole = operation["operation_type"] == "Delete" and all(map(_is_digest, user["email"]))
                if whole and not self.refuses:
                    told += 1
                    self.removed += [(asked.path["audience"], digest) for digest in user["email"]]
        return Reply(200, {"data": {"success_count": told, "total_count": len(asked.json)}})
