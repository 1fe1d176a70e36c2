"""A blind index finds equals and tells nothing else."""

from hypothesis import given
from hypothesis import strategies as st

from habeas.crypto.blind import BlindIndex


@given(st.text(), st.text())
def test_equal_values_meet_and_others_do_not(one: str, other: str) -> None:
    """Look-up by equality is all it gives."""
    index = BlindIndex(bytes(32), "email")
    assert (index.of(one) == index.of(other)) == (one == other)


def test_purposes_and_keys_are_apart() -> None:
    """The same value under another purpose or key is another entry."""
    entries = {
        BlindIndex(secret, purpose).of("ada@example.com")
        for secret in (bytes(32), bytes(31) + b"\1")
        for purpose in ("email", "phone")
    }
    assert len(entries) == 4
    assert all(len(entry) == 64 for entry in entries)
