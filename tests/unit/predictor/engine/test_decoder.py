"""What the event loop decodes itself, and what it leaves to a thread."""

from concurrent.futures import Future
from typing import Any

import pytest

from predictor.engine.decoder import QUICK_PIXELS, Decoder, TakesLong
from predictor.engine.job import Job
from predictor.limits import Limits
from tests.unit.photos import encoded, plain, with_scans

SMALL = encoded(plain(width=1000, height=1000), "PNG")
TOO_MANY_PIXELS = encoded(plain(width=1000, height=QUICK_PIXELS // 1000 + 1), "PNG")
LARGE_JPEG = encoded(plain(width=4000, height=2000))
MANY_SCANS = with_scans(plain(width=1000, height=1000), 100)
GIF, WEBP = (encoded(plain(), kind) for kind in ("GIF", "WEBP"))


@pytest.fixture
def decoder() -> Decoder:
    return Decoder(8, Limits())


def job(*photos: bytes, is_on_event_loop: bool = True) -> Job:
    future: Any = Future()  # asyncio's needs a loop
    return Job(lambda: list(photos), lambda: False, future, is_on_event_loop)


@pytest.mark.parametrize("photos", [[SMALL], [SMALL, SMALL], [LARGE_JPEG]])
def test_photos_of_few_pixels_are_quick(decoder: Decoder, photos: list[bytes]) -> None:
    quick = job(*photos)
    assert decoder.decode(quick) == len(photos)
    assert quick.result is None


@pytest.mark.parametrize(
    "photos", [[TOO_MANY_PIXELS], [SMALL] * 3, [SMALL, LARGE_JPEG, SMALL], [MANY_SCANS], [GIF], [WEBP], [b"no photo"]]
)
def test_others_are_for_a_thread(decoder: Decoder, photos: list[bytes]) -> None:
    slow = job(*photos)
    with pytest.raises(TakesLong):
        decoder.decode(slow)
    slow.start_anew_in_thread()
    assert decoder.decode(slow) == len(photos) - (photos == [b"no photo"])
    assert len(slow.sizes) == len(slow.pixels)


def test_a_damaged_photo_is_refused_at_once(decoder: Decoder) -> None:
    damaged = job(SMALL[:-40])
    assert decoder.decode(damaged) == 0
    assert str(damaged.result) == "instance 0: the image is damaged or cut short"
