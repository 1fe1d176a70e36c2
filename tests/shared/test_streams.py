"""A large thing comes back whole, from its middle if need be, or not at all."""

import contextlib
import gc
import hashlib
import io
import os
import random
import tracemalloc
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.cobblestone import Cobblestone256Decryptor
from hypothesis import given, settings
from hypothesis import strategies as st

from habeas.crypto.reopening import ReopeningSource
from habeas.crypto.sealing import CannotOpen, CaseKeys
from habeas.crypto.streams import (
    CHUNK_BYTES,
    HEADER_BYTES,
    SEALED_CHUNK_BYTES,
    DecryptingReader,
    EncryptingWriter,
    encrypt_stream,
    encrypted_size,
    open_stream,
    seal_stream,
)

KEY = bytes(range(32))
CONTEXT = b"case 7 package"
SIZES = [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 2 * CHUNK_BYTES, 17 * CHUNK_BYTES, 300_001]

# Known answers of Cobblestone-256: plain length, SHA-512 of the plain bytes, ciphertext (deflated, as they are
# published). Source: C2SP wycheproof, testvectors_v1/c2sp_chunked_encryption_aes_256_gcm_test.json, tests 1 to 6.
VECTOR_KEY = bytes.fromhex("59454c4c4f57205355424d4152494e452059454c4c4f57205355424d4152494e")
VECTORS = [
    (
        0,
        "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e",
        "78da004800b7ff43a2e39431cbae0389d3fc86adf46f7c3a24de88d9311617e53f3164cc1d5dc738a66b97f0bf786565c31799c2f463d50a7e10046011dc6fc3c939e3a5db7affb6191551669554fb010000ffff4bc124df",
    ),
    (
        7,
        "e85f32a85f1d4f7c9b2d36d20eca8435d81253e7075e9dea069eb1b6da48daf92ef1797367b520d8a46c4f72cecb85b1daff8887fcb41721d39943d1952fc180",
        "78da004f00b0ffa1a1b56f6db58cd1ede0c5c9db62aef20d3f96a6c594bb9252bb38122de91236502b42a1d7fcab820ffa292940d2f86add212cfa42c38df19d3cc9139ee61a5990d3db57433514229beea49a8a72bd010000ffffdb4f2a44",
    ),
    (
        16385,
        "db9e441f318209d02c8eaedfa94be7a08d3414057835c80ecea2deb0b16438ff97ae6dac13a749efe4a24686b01dc0dfab756703e810cc164466cd5cce99b3e8",
        "78daecc0312b05010000e0ab33889449c9a0cb22b9ba89943f70a5fc02db1918582c6e757465a0db6eb11ad5a52e1383b2dca26c66a4647b75f55ebdf733def27d4f7ff71fd7e9db7137b778b1558707cdd27cf270d4177b2f7751f738d80e376f9ed7aaaf7c793dfa0d47ef2797b3e57ed6bf360100000000000000000000000000000030750bc9613ffc6cafd232cb57ebd3b320de5d29cedbf876a7da18ff7fffcc4c020000ffffea552abb",
    ),
    (
        32768,
        "ccf53be90b5c9bc1aad1fb9b37e86fd60ca86a41401051e636c41e8ddc61b574d6767d16f035f18391c21ff24d1fa5171c5a537685e7197532884845bf7e990b",
        "78daecd0bf2b05010000e057b7d8defc5296b788cda88ce495e10d4a51865726b2d09592e1ba18c8c5250bc748dde094410ccaea57ec2283888c57a6f767dcf27d7fc277bed777fc96e565eb3b5d1b7e1e8c5e6677ff3b0737ad93c7e946efd15d732359df1f5f196a4ffc66a7f5ab9db9783e9d7c2a1a5b35000000000000000000000000000000a0726998070f97f7edbf7acff2f6d8f58711000000000000000000000000000000a8dee7ebe6ed623093f49f45f1577938b2f053d49a03e1d4fb45dc590d9646bb010000ffff046e3552",
    ),
    (
        32769,
        "365a0363626fc42718c9fb3507b9e06a4c64971cc7d93e6c0d2058f8ab3bd38151ba6948896655fc6f2b39b27f7f5df52c67fc6d5a44f0f188f018c576646c4b",
        "78daecd0312b44010000e02b1365b8bac97048e965b9a46e910ce76222bda26e1289d47b3218947a6579623088494f4a3683d1248b4c262965b0199e6230bc4cf733def27d3fe18bde96c28fabfdc1eae2dce5571caedc0d5f17b717b5707bf3a67efad033feda6a06e76bd3239fcfc55e75f67868e2fbbff3988e9e5500000000000000000000000000000080d2650b7df5df7827cf0fb3e065ec64de0800000000000000000000000000000094afb6be75d4dfbe9f6c4dcd34929f666f6560e3a971f0b7bafbbe9cb6834e1275030000ffff850d2e54",
    ),
    (
        16384,
        "d787e0bf39e0d2e9a707b94bc77329f665286160744507f0fac9608e33a98994b6d9dd4a43a6326287d32b2e15d76e0de6a8818689698bee2ca419bf9bbedc02",
        "78daecc0ad4a0301000060c560f019c49faca0ed821ea2588c62100541cc2746413841835a7c018b20076a325dd4032d8eb5856361db2d6d6c8b2b838ded3156beeff3fce3e4eb20e9fcf5aaedb07ffb589b1f657190fee7f16f763d3bdcf9ce8aabe5d74a145e5e1cdd6fad6c2c1ebead8d8b87c60c00000000000000000000000000000030759bfb7bc7ade6dcfa69ba5abf7bff79d92e3d07e585a7ddbcbb743648a29b49000000ffff4eef2f3b",
    ),
]


def encrypt(plain: bytes, context: bytes = CONTEXT) -> bytes:
    """Encrypt bytes under the test key."""
    return b"".join(encrypt_stream(io.BytesIO(plain), KEY, context))


def decrypt(sealed: bytes, context: bytes = CONTEXT) -> bytes:
    """Decrypt bytes under the test key, in uneven pieces."""
    reader = DecryptingReader(io.BytesIO(sealed), KEY, context)
    return b"".join(iter(lambda: reader.read(40_000) or b"", b""))


class Pipe(io.RawIOBase):
    """A source that cannot seek and gives a little at a time, like a socket."""

    def __init__(self, data: bytes) -> None:
        self._data = memoryview(data)

    def readable(self) -> bool:
        """Say that this can be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Give at most 5,000 bytes."""
        count = min(len(buffer), 5_000, len(self._data))
        buffer[:count], self._data = self._data[:count], self._data[count:]
        return count


@pytest.mark.parametrize(("length", "digest", "deflated"), VECTORS)
def test_the_published_answers_are_read(length: int, digest: str, deflated: str) -> None:
    """Our reader agrees with the published vectors."""
    sealed = zlib.decompress(bytes.fromhex(deflated))
    plain = DecryptingReader(io.BytesIO(sealed), VECTOR_KEY, b"").read()
    assert plain is not None
    assert (len(plain), hashlib.sha512(plain).hexdigest()) == (length, digest)


@pytest.mark.parametrize("size", SIZES)
def test_a_stream_comes_back(size: int) -> None:
    """At and around the edges of chunks; the library's own reader agrees."""
    plain = random.Random(size).randbytes(size)
    sealed = encrypt(plain)
    assert len(sealed) == encrypted_size(size)
    assert decrypt(sealed) == plain
    library = Cobblestone256Decryptor(KEY, CONTEXT)
    assert library.update(sealed) + library.finalize() == plain
    sink = io.BytesIO()
    with EncryptingWriter(sink, KEY, CONTEXT) as writer:
        for start in range(0, size, 7_001):
            writer.write(plain[start : start + 7_001])
    assert decrypt(sink.getvalue()) == plain
    reader = DecryptingReader(Pipe(sealed), KEY, CONTEXT)
    assert io.BufferedReader(reader).read() == plain
    assert not DecryptingReader(Pipe(sealed), KEY, CONTEXT).seekable()


PLAIN = random.Random(1).randbytes(5 * CHUNK_BYTES + 123)
SEALED = encrypt(PLAIN)


@settings(max_examples=200)
@given(st.lists(st.tuples(st.integers(-10, len(PLAIN) + 10), st.integers(0, 40_000), st.sampled_from([0, 1, 2]))))
def test_a_reader_moves_like_a_file(moves: list[tuple[int, int, int]]) -> None:
    """Every seek and read gives what a file of the plain bytes would, up to its end."""
    for source in (io.BytesIO(SEALED), ReopeningSource(lambda at: io.BytesIO(SEALED[at:]), len(SEALED))):
        reader, position = DecryptingReader(source, KEY, CONTEXT), 0
        for offset, count, whence in moves:
            step = offset if whence == 0 else offset - len(PLAIN) // 2 if whence == 1 else -offset
            wanted = min(max(step + (0, position, len(PLAIN))[whence], 0), len(PLAIN))
            assert reader.seek(step, whence) == wanted
            assert reader.read(count) == PLAIN[wanted : wanted + count]
            position = min(wanted + count, len(PLAIN))
            assert reader.tell() == position


def test_a_resumed_download_opens_the_store_where_it_goes_on() -> None:
    """A seek reads the last chunk and the chunks asked for, not what lies before."""
    opened: list[int] = []

    def open_at(at: int) -> io.BytesIO:
        opened.append(at)
        return io.BytesIO(SEALED[at:])

    reader = DecryptingReader(ReopeningSource(open_at, len(SEALED)), KEY, CONTEXT)
    reader.seek(4 * CHUNK_BYTES + 5)
    assert reader.read() == PLAIN[4 * CHUNK_BYTES + 5 :]
    assert opened == [0, HEADER_BYTES + 5 * SEALED_CHUNK_BYTES, HEADER_BYTES + 4 * SEALED_CHUNK_BYTES]


def test_a_stream_cut_anywhere_is_refused() -> None:
    """Every chunk edge, every byte near one and a thousand others: reading to the end raises, and so does a seek."""
    edges = range(HEADER_BYTES, len(SEALED), SEALED_CHUNK_BYTES)
    cuts = {edge + step for edge in edges for step in range(-17, 18)} | set(range(0, len(SEALED), 89))
    tried = 0
    for cut in sorted(each for each in cuts if 0 <= each < len(SEALED)):
        with pytest.raises(CannotOpen):
            decrypt(SEALED[:cut])
        with pytest.raises(CannotOpen):
            DecryptingReader(io.BytesIO(SEALED[:cut]), KEY, CONTEXT).seek(0)
        tried += 1
    assert tried > 1_000


def _chunks(sealed: bytes) -> list[bytes]:
    body = sealed[HEADER_BYTES:]
    return [body[start : start + SEALED_CHUNK_BYTES] for start in range(0, len(body), SEALED_CHUNK_BYTES)]


@pytest.mark.parametrize(
    "forge",
    [
        lambda chunks: [chunks[1], chunks[0], *chunks[2:]],
        lambda chunks: chunks[1:],
        lambda chunks: [chunks[0], *chunks],
        lambda chunks: [*chunks, chunks[-1]],
        lambda chunks: [*chunks, b"\0"],
        lambda chunks: chunks[:-1],
        lambda chunks: [*chunks[:-2], chunks[-1]],
        lambda chunks: [*chunks[:-1], chunks[-1] + bytes(16)],
        lambda chunks: _chunks(encrypt(PLAIN)),
    ],
)
def test_chunks_that_were_moved_are_refused(forge: Callable[[list[bytes]], list[bytes]]) -> None:
    """Swapped, dropped, doubled, added, or taken from another stream of the same key."""
    with pytest.raises(CannotOpen):
        decrypt(SEALED[:HEADER_BYTES] + b"".join(forge(_chunks(SEALED))))


def test_every_changed_bit_of_a_stream_is_noticed() -> None:
    """All bits of a short stream: salt, commitment, body, tag."""
    sealed = encrypt(b"a secret of forty bytes, give or take one")
    for bit in range(len(sealed) * 8):
        changed = bytearray(sealed)
        changed[bit // 8] ^= 1 << bit % 8
        with pytest.raises(CannotOpen):
            decrypt(bytes(changed))


def test_a_stream_opens_in_its_context_and_with_its_key_only() -> None:
    """The commitment refuses both before any chunk is opened."""
    with pytest.raises(CannotOpen, match="another key or for another purpose"):
        decrypt(SEALED, b"case 8 package")
    with pytest.raises(CannotOpen, match="another key or for another purpose"):
        DecryptingReader(io.BytesIO(SEALED), bytes(32), CONTEXT)


def test_an_unfinished_writer_leaves_a_stream_that_is_refused() -> None:
    """Dropped, or left by an exception: never a stream that looks whole."""
    dropped, broken = io.BytesIO(), io.BytesIO()
    writer = EncryptingWriter(dropped, KEY, CONTEXT)
    writer.write(bytes(20_000))
    del writer
    gc.collect()
    with contextlib.suppress(RuntimeError), EncryptingWriter(broken, KEY, CONTEXT) as other:
        other.write(bytes(20_000))
        raise RuntimeError("torn")
    for sink in (dropped, broken):
        with pytest.raises(CannotOpen, match="cut off"):
            decrypt(sink.getvalue())


def test_a_sealed_stream_opens_for_its_case_only() -> None:
    """The content key is sealed to the case; another case, another context or a changed head is refused."""
    case, other = CaseKeys.generate(), CaseKeys.generate()
    sealed = b"".join(seal_stream(io.BytesIO(PLAIN), case.public, CONTEXT))
    reader = open_stream(io.BytesIO(sealed), case.private, CONTEXT)
    assert reader.read() == PLAIN
    reader.seek(CHUNK_BYTES)
    assert reader.read(3) == PLAIN[CHUNK_BYTES : CHUNK_BYTES + 3]
    for private, data, context in (
        (other.private, sealed, CONTEXT),
        (case.private, sealed, b"another"),
        (case.private, sealed[:1000], CONTEXT),
        (case.private, b"x" + sealed, CONTEXT),
        (case.private, sealed[:500] + b"\0" + sealed[501:], CONTEXT),
        (case.private, b"", CONTEXT),
    ):
        with pytest.raises(CannotOpen):
            open_stream(io.BytesIO(data), private, context)


def test_memory_stays_flat(tmp_path: Path) -> None:
    """64 MiB go through in both directions within 4 MiB of memory."""
    path = tmp_path / "sealed"
    key = os.urandom(32)
    with (tmp_path / "plain").open("wb") as file:
        file.truncate(64 << 20)
    tracemalloc.start()
    with (tmp_path / "plain").open("rb") as source, path.open("wb") as sink:
        sink.writelines(encrypt_stream(source, key, CONTEXT))
    with path.open("rb") as source:
        reader = DecryptingReader(source, key, CONTEXT)
        while reader.read(1 << 18):
            pass
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4 << 20
