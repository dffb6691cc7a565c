"""What two models share, also where their files had no room for all their test photos."""

import hashlib

import pytest

from model.accept.comparison import count_shared, is_enough
from model.compare.files import Measured, pair
from model.compare.shared import Kept, share
from model.evaluate.answers import MOST_ANSWERS
from tests.unit.compare.test_files import measured


def hashes(count: int, what: str = "photo") -> list[str]:
    return [hashlib.sha256(f"{what} {number}".encode()).hexdigest() for number in range(count)]


def kept(names: list[str]) -> Kept:
    return Kept.of_photos({bytes.fromhex(name): "cat" for name in names})


def model_of(names: list[str]) -> Measured:
    return measured("a.pt", [0] * len(names), [0.9] * len(names), names=names)


def test_what_a_file_keeps_are_the_lowest_hashes() -> None:
    """Told before the training and read from the file, it is the same."""
    names = hashes(MOST_ANSWERS + 500)
    found = model_of(names).kept
    assert found == kept(names)
    assert max(found.classes) < min({bytes.fromhex(name) for name in names} - found.classes.keys())


@pytest.mark.parametrize("of_files", [False, True])
def test_a_test_split_that_has_outgrown_a_file(of_files: bool) -> None:
    """The candidate has all photos of the baseline and twice as many more: of those 10,000 its file keeps a third."""
    before, more = hashes(MOST_ANSWERS), hashes(2 * MOST_ANSWERS, "new photo")
    if of_files:
        shared = pair(model_of(before + more), model_of(before)).shared
    else:
        shared = share(kept(before + more), kept(before))
    assert 0.30 < len(shared.sha256) / MOST_ANSWERS < 0.36
    assert shared.possible == len(shared.sha256)
    assert is_enough(shared)
    assert count_shared(shared).endswith(f" of the baseline's {shared.possible:,} test photos with the lowest hashes")


def test_other_photos_are_not_enough_although_the_split_is_large() -> None:
    """A third of the baseline's photos, and many others."""
    before, more = hashes(MOST_ANSWERS), hashes(2 * MOST_ANSWERS, "new photo")
    shared = share(kept(before[: MOST_ANSWERS // 3] + more), kept(before))
    assert 0.30 < len(shared.sha256) / shared.possible < 0.36
    assert not is_enough(shared)


def test_a_file_that_has_room_for_all_has_no_highest_hash() -> None:
    """A chosen few with low hashes are few."""
    before = hashes(1000)
    shared = share(kept(sorted(before)[:400]), kept(before))
    assert (len(shared.sha256), shared.possible, shared.is_cut) == (400, 1000, False)
    assert not is_enough(shared)


def test_nothing_is_not_enough() -> None:
    assert not is_enough(share(kept(hashes(3)), kept([])))
    assert not is_enough(share(kept([]), kept(hashes(3))))
