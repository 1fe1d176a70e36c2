"""The scanner's door: a file goes to a clamd as a stream, and counts as clean only if it says so.

Protocol: `zINSTREAM`, then chunks of four bytes of length (the largest first) and as many bytes, ended by a length of
zero; the answer is `stream: OK`, `stream: <name> FOUND` or an error, ended by a zero byte (clamd(8), COMMANDS).
"""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from habeas.errors import TryLater

SECONDS = 30.0
"""How long the scanner may be silent."""
PORT = 3310
_CHUNK = 64 * 1024
_LONGEST_ANSWER = 1024


def is_clean(scanner: str, data: bytes) -> bool:
    """Ask the scanner (`clamd://host:port`, `clamd:///socket`, empty: there is none); True if it knows nothing bad.

    Raises TryLater when it cannot be reached or says anything but yes or no: silence is never a yes.
    """
    if not scanner:
        return True
    try:
        with _connect(scanner) as door:
            door.sendall(b"zINSTREAM\0")
            for start in range(0, len(data), _CHUNK):
                chunk = data[start : start + _CHUNK]
                door.sendall(len(chunk).to_bytes(4, "big") + chunk)
            door.sendall(bytes(4))
            answer = _read_answer(door)
    except OSError:
        raise TryLater("the scanner cannot be reached") from None
    if answer == "stream: OK":
        return True
    if answer.startswith("stream: ") and answer.endswith(" FOUND"):
        return False
    raise TryLater("the scanner could not look at a file")


@contextmanager
def _connect(scanner: str) -> Iterator[socket.socket]:
    parts = urlsplit(scanner)
    if parts.hostname:
        with socket.create_connection((parts.hostname, parts.port or PORT), timeout=SECONDS) as door:
            yield door
        return
    with socket.socket(socket.AF_UNIX) as door:
        door.settimeout(SECONDS)
        door.connect(parts.path)
        yield door


def _read_answer(door: socket.socket) -> str:
    answer = b""
    while not answer.endswith(b"\0") and len(answer) < _LONGEST_ANSWER:
        piece = door.recv(_LONGEST_ANSWER)
        if not piece:
            raise TryLater("the scanner broke off")
        answer += piece
    return answer.rstrip(b"\0\n").decode(errors="replace")
