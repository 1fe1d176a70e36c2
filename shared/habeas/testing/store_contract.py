"""What every store has to do: inherit `StoreContract` and give it a fixture `store_url`.

class TestMyStore(StoreContract):
    @pytest.fixture
    def store_url(self, tmp_path): return f"file://{tmp_path}"
"""

import hashlib
import io
import threading
import tracemalloc
from collections.abc import Iterator
from uuid import uuid4

import pytest

from habeas.errors import Refused
from habeas.storage import AlreadyStored, NotStored, Store, open_store

_MIB = 1024 * 1024
_NO_KEYS = [
    "",
    "/a",
    "a/",
    "a//b",
    "..",
    "a/../b",
    "a/..",
    "./a",
    "A",
    "a b",
    "a\\b",
    "a\n",
    "å",
    "a=b",
    "=incoming/x",
    "~",
]
_NO_KEYS += ["-a", "a" * 201, "a/" * 300 + "a", "a\0"]


def read_all(store: Store, key: str) -> bytes:
    """Read what lies under a key, whole."""
    with store.open(key) as file:
        return file.read()


class BrokenOff(Exception):  # noqa: N818 -- it is what happened
    """What the tests' broken source raises."""


def _stream(size: int, block: int = 64 * 1024) -> Iterator[bytes]:
    for start in range(0, size, block):
        yield bytes([start // block % 251]) * min(block, size - start)


def _breaking(size: int) -> Iterator[bytes]:
    yield from _stream(size)
    raise BrokenOff


class StoreContract:
    """The promises of `habeas.storage.Store`, as tests that run over any store."""

    @pytest.fixture
    def store_url(self) -> str:
        """Name the store under test; a subclass says which."""
        raise NotImplementedError("give a fixture store_url")

    @pytest.fixture
    def store(self, store_url: str) -> Store:
        """Open the store under test."""
        return open_store(store_url)

    @pytest.fixture
    def key(self) -> str:
        """Make a key that nobody used before."""
        return f"contract/{uuid4().hex}/file.zip"

    @pytest.mark.parametrize("size", [0, 1, 100_000, 8 * _MIB - 1, 8 * _MIB, 8 * _MIB + 1, 20 * _MIB + 3])
    def test_what_is_put_comes_back(self, store: Store, key: str, size: int) -> None:
        content = b"".join(_stream(size))
        stored = store.put(key, _stream(size))
        assert (stored.key, stored.size, stored.sha256) == (key, size, hashlib.sha256(content).hexdigest())
        with store.open(key) as file:
            assert file.read() == content

    def test_a_file_is_as_good_a_source_as_an_iterable(self, store: Store, key: str) -> None:
        store.put(key, io.BytesIO(b"one\ntwo\n"))
        assert read_all(store, key) == b"one\ntwo\n"

    @pytest.mark.parametrize("size", [10, 9 * _MIB])
    def test_a_second_put_is_refused_and_the_first_stays(self, store: Store, key: str, size: int) -> None:
        store.put(key, [b"first"])
        with pytest.raises(AlreadyStored):
            store.put(key, _stream(size))
        assert read_all(store, key) == b"first"

    def test_of_writers_at_the_same_time_exactly_one_wins(self, store: Store, key: str) -> None:
        together = threading.Barrier(4)
        won: list[bytes] = []

        def write(name: bytes) -> None:
            def source() -> Iterator[bytes]:
                together.wait()  # all have looked, none has written
                yield name * 1000

            try:
                store.put(key, source())
                won.append(name)
            except AlreadyStored:
                pass

        writers = [threading.Thread(target=write, args=(bytes([65 + n]),)) for n in range(4)]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join()
        assert len(won) == 1
        assert read_all(store, key) == won[0] * 1000

    @pytest.mark.parametrize("size", [0, 1000, 17 * _MIB])
    def test_a_put_that_breaks_off_leaves_nothing(self, store: Store, key: str, size: int) -> None:
        with pytest.raises(BrokenOff):
            store.put(key, _breaking(size))
        assert not store.exists(key)
        assert list(store.list(key)) == []
        store.put(key, [b"then it works"])
        assert read_all(store, key) == b"then it works"

    @pytest.mark.parametrize("start", [0, 1, 70_000, 99_999, 100_000, 200_000])
    def test_reading_begins_where_it_is_asked_to(self, store: Store, key: str, start: int) -> None:
        content = b"".join(_stream(100_000))
        store.put(key, [content])
        with store.open(key, start) as file:
            assert file.tell() == start
            assert file.read() == content[start:]

    def test_a_reader_can_go_back_and_forth(self, store: Store, key: str) -> None:
        content = b"".join(_stream(600_000))
        store.put(key, [content])
        with store.open(key) as file:
            assert file.seekable()
            assert file.seek(0, io.SEEK_END) == len(content)
            file.seek(500_000)
            assert file.read(10) == content[500_000:500_010]
            file.seek(3)
            assert file.read() == content[3:]

    def test_reading_what_is_not_there_is_refused(self, store: Store, key: str) -> None:
        with pytest.raises(NotStored):
            store.open(key)
        assert not store.exists(key)

    def test_deleting_twice_is_harmless(self, store: Store, key: str) -> None:
        store.put(key, [b"x"])
        store.delete(key)
        store.delete(key)
        assert not store.exists(key)
        with pytest.raises(NotStored):
            store.open(key)

    def test_keys_are_listed_by_prefix_and_in_order(self, store: Store) -> None:
        place = f"listed-{uuid4().hex}"
        keys = [f"{place}/{name}" for name in ("b/2", "a", "b/10", "c.zip")]
        for key in keys:
            store.put(key, [b"x"])
        assert list(store.list(f"{place}/")) == sorted(keys)
        assert list(store.list(f"{place}/b")) == [f"{place}/b/10", f"{place}/b/2"]
        assert list(store.list(f"{place}/nothing")) == []

    @pytest.mark.parametrize("key", _NO_KEYS)
    def test_a_key_that_is_none_is_refused_everywhere(self, store: Store, key: str) -> None:
        for act in (store.open, store.exists, store.delete, lambda k: store.put(k, [b"x"])):
            with pytest.raises(Refused):
                act(key)

    def test_memory_stays_flat(self, store: Store, key: str) -> None:
        def peak(size: int) -> int:
            tracemalloc.start()
            store.put(f"{key}-{size}", _stream(size))
            with store.open(f"{key}-{size}") as file:
                while file.read(256 * 1024):
                    pass
            highest = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
            store.delete(f"{key}-{size}")
            return highest

        peak(_MIB)  # whatever is imported or cached at first use
        assert peak(96 * _MIB) - peak(33 * _MIB) < 4 * _MIB
