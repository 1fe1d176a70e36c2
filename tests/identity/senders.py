"""People who send letters, and agents who look at them, as tests of evidence need them."""

import html
import re
from typing import Any

from sqlalchemy import select
from tests.identity import hostile_files as files
from tests.identity.conftest import BROWSER, Desk

from habeas.ledger.models import Leaf
from habeas.testing.visitor import Visitor
from habeas_identity.evidence import admit_file, offer_file
from habeas_identity.models import Evidence
from habeas_identity.washing import keep_original

DOWNLOADS = "http://127.0.0.1:8081"
AGENT = "agent@example.com"
SEAM, HEAD = "a-seam-that-no-file-has", "Content-Disposition: form-data"
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


def post_letter(visitor: Visitor, case: str, data: bytes, *, name: str = "letter.jpg") -> Any:
    """Send a file by the page's form."""
    return post_form(visitor, f"/prove/{case}/letter", {"kind": "letter"}, data, name=name)


def post_form(visitor: Visitor, path: str, fields: dict[str, str], data: bytes, *, name: str = "a.jpg") -> Any:
    """Send a form with a file; written here, since the test client leaves a temporary file open for a large one."""
    token = TOKEN.search(visitor.get(path).get_data(as_text=True))
    assert token
    parts = {"csrf_token": html.unescape(token[1]), **fields}
    body = b"".join(f'--{SEAM}\r\n{HEAD}; name="{key}"\r\n\r\n{value}\r\n'.encode() for key, value in parts.items())
    body += f'--{SEAM}\r\n{HEAD}; name="file"; filename="{name}"\r\n\r\n'.encode() + data
    return visitor.send(
        "POST",
        path,
        data=body + f"\r\n--{SEAM}--\r\n".encode(),
        content_type=f"multipart/form-data; boundary={SEAM}",
        headers={"Accept-Language": "en", "Sec-Fetch-Site": "same-origin"},
    )


def offer(desk: Desk, case: str, data: bytes = b"") -> str:
    """Take a file in as the page does, without the page; return its id."""
    data = data or files.picture()
    with desk.context.transaction() as tx:
        admitted = admit_file(tx, case, len(data), browser=BROWSER, place="")
    assert admitted is not None
    keep_original(desk.context.store, admitted.evidence, admitted.key, data)
    with desk.context.transaction() as tx:
        offer_file(tx, admitted.evidence)
    return admitted.evidence


def cleaned(desk: Desk, case: str, data: bytes = b"") -> str:
    """Take a file in and let the worker clean it."""
    evidence = offer(desk, case, data)
    desk.relay()
    return evidence


def row(desk: Desk, evidence: str) -> Evidence:
    """A file as it stands in the table."""
    with desk.context.reading() as tx:
        return tx.session.get_one(Evidence, evidence)


def stored(desk: Desk) -> list[str]:
    """What lies in the store of evidence."""
    return list(desk.context.store.list("evidence/"))


def leaves(desk: Desk, kind: str) -> list[dict[str, Any]]:
    """The facts of the ledger's leaves of one kind, oldest first."""
    with desk.context.reading() as tx:
        return list(tx.session.scalars(select(Leaf.body).where(Leaf.kind == kind).order_by(Leaf.id)))


def signed_in(desk: Desk, email: str = AGENT, *roles: str) -> Visitor:
    """An agent at a browser."""
    desk.hire(email, *(roles or ("agent",)))
    visitor = desk.visitor()
    assert desk.sign_in(visitor, email).status_code == 303
    return visitor


def look(visitor: Visitor, case: str, evidence: str, reason: str = "decide") -> Any:
    """Say why one wants to look."""
    here = f"/agents/evidence/{case}"
    return visitor.post(f"{here}/{evidence}/look", {"reason": reason}, page=here)


def tickets(answer: Any) -> list[str]:
    """The tickets on a page."""
    return [html.unescape(each) for each in re.findall(r'name="ticket" value="([^"]+)"', answer.get_data(as_text=True))]


def fetch(desk: Desk, ticket: str, *, origin: str = DOWNLOADS) -> Any:
    """Fetch a page as a browser does at an origin where it has no cookie."""
    return desk.app.test_client().post("/evidence", base_url=origin, data={"ticket": ticket})


def decide(visitor: Visitor, case: str, evidence: str, seen: str = "fits") -> Any:
    """Note what one saw."""
    here = f"/agents/evidence/{case}"
    return visitor.post(f"{here}/{evidence}/decide", {"seen": seen}, page=here)
