"""Golden images are the same bit for bit, here and everywhere."""

import hashlib

import pytest

from model.contract.golden import golden_image


@pytest.mark.parametrize(
    ("seed", "size", "sha256"),
    [
        (0, 128, "b732e049edfb6654"),
        (1, 128, "936987b72d7168c9"),
        (1023, 128, "9c976f459cdbf6c4"),
        (7, 96, "d878df1aa52b62f2"),
    ],
)
def test_pixels_are_pinned(seed: int, size: int, sha256: str) -> None:
    assert hashlib.sha256(golden_image(seed, size).tobytes()).hexdigest()[:16] == sha256


def test_seeds_draw_differently() -> None:
    drawn = {golden_image(seed, 32).tobytes() for seed in range(200)}
    assert len(drawn) == 200
