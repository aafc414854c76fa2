"""A reader's place in the record as it goes over the wire."""

import itertools

import pytest

from exchange.domain.history.place import START, known_place, read_place, write_place
from exchange.errors import Invalid

SECRET = "a secret of at least 32 characters"


def test_a_place_leads_back_to_its_position() -> None:
    """From the first to the last, and the start is nothing."""
    assert [known_place(write_place(at, SECRET), SECRET) for at in (0, 1, 7, 2**62)] == [0, 1, 7, 2**62]
    assert read_place(START, SECRET) == 0


def test_two_places_do_not_tell_how_much_lies_between() -> None:
    """Neighbours share nothing that grows with their distance."""
    places = [write_place(at, SECRET) for at in range(1, 200)]
    assert len(set(places)) == len(places)
    assert sorted(places) != places
    assert max(sum(a == b for a, b in zip(one, two, strict=True)) for one, two in itertools.pairwise(places)) < 8


@pytest.mark.parametrize("text", ["1", "0", "x" * 22, "é" * 22, "A" * 21, "A" * 22, "A" * 21 + "!", write_place(5, SECRET + "!")])
def test_what_is_no_place_of_this_exchange_is_refused(text: str) -> None:
    """A guessed, cut or foreign one."""
    assert known_place(text, SECRET) is None
    with pytest.raises(Invalid):
        read_place(text, SECRET)
