"""Google Analytics 4 in small: it takes deletions of users, and shows nobody.

Behaves as the discovery document of the Admin API, v1alpha, says: a request names exactly one thing, the answer
says from when on the data before is deleted. Source: analyticsadmin.googleapis.com, read in November 2026.
"""

from habeas.testing.vendors.vendor import Asked, FakeVendor, Reply, route

PROPERTY = "123"
_EDIT = "https://www.googleapis.com/auth/analytics.edit"
_NAMES = {"clientId", "userId", "appInstanceId", "userProvidedData"}


class GoogleAnalytics(FakeVendor):
    """A property that notes what was to be deleted, as (name, value)."""

    forbidden = Reply(403, {"error": {"code": 403, "status": "PERMISSION_DENIED"}})

    def __init__(self) -> None:
        super().__init__()
        self.deleted: list[tuple[str, str]] = []

    @route("GET", f"/v1alpha/properties/{PROPERTY}", scope=_EDIT)
    def property(self, asked: Asked) -> Reply:
        return Reply(200, {"name": f"properties/{PROPERTY}", "displayName": "Shop"})

    @route("POST", f"/v1alpha/properties/{PROPERTY}:submitUserDeletion", scope=_EDIT)
    def delete(self, asked: Asked) -> Reply:
        body = asked.json
        if not isinstance(body, dict) or len(body) != 1 or not body.keys() <= _NAMES:
            return Reply(400, {"error": {"code": 400, "status": "INVALID_ARGUMENT"}})
        self.deleted += body.items()
        return Reply(200, {"deletionRequestTime": "2026-11-26T08:00:00Z"})
