"""Undoes the transfer encoding of a part of a message (RFC 2045, 6) piece by piece, in memory that does not grow."""

import binascii
import codecs

from habeas.connectors.mail.mailboxes import BROKEN

_NOT_BASE64 = bytes(set(range(256)) - set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"))


class Transfer:
    """Takes the lines of a part as they were sent, and gives its content; what does not decode stays as it is."""

    def __init__(self, encoding: str) -> None:
        self._encoding = encoding.strip().lower()
        self._rest = b""
        self._ended = False

    def take(self, line: bytes) -> bytes:
        """The content that is known with this line, which may be a piece of a longer one."""
        if self._encoding == "base64":
            return self._take_base64(line)
        content = line.rstrip(b"\r\n")
        held, self._rest = self._rest, line[len(content) :]  # the last line's end belongs to the boundary after it
        if self._encoding != "quoted-printable":
            return held + content
        if self._rest and content.rstrip(b" \t").endswith(b"="):
            content, self._rest = content.rstrip(b" \t")[:-1], b""  # a soft line break
        return held + binascii.a2b_qp(content)

    def end(self) -> bytes:
        """What is left when the part has ended."""
        if self._encoding != "base64" or len(self._rest) < 2:
            return b""
        return binascii.a2b_base64(self._rest + b"=" * (-len(self._rest) % 4))

    def _take_base64(self, line: bytes) -> bytes:
        if self._ended:
            return b""
        line, padding, _ = line.partition(b"=")
        self._ended = bool(padding)
        data = self._rest + line.translate(None, delete=_NOT_BASE64)
        whole = len(data) // 4 * 4
        self._rest = data[whole:]
        return binascii.a2b_base64(data[:whole])


class Characters:
    """Makes text of content, piece by piece; a character set that is not known is read as one that takes any byte."""

    def __init__(self, charset: str) -> None:
        try:
            b"a".decode(charset)  # refuses what is no character set, as a packer, which Python calls a codec as well
            self._decoder = codecs.getincrementaldecoder(charset)("replace")
        except BROKEN:
            self._decoder = _decoder_of_any_byte()

    def take(self, content: bytes) -> str:
        """The text that is known with this content."""
        try:
            return self._decoder.decode(content)
        except BROKEN:
            self._decoder = _decoder_of_any_byte()
            return self._decoder.decode(content)


def _decoder_of_any_byte() -> codecs.IncrementalDecoder:
    return codecs.getincrementaldecoder("latin-1")("replace")
