"""How often the rules of drift are wrong, and what they find: their formulas again, with the numbers of the rules."""

import re

import numpy as np
import numpy.typing as npt
import pytest

from model.contract.metadata import read_metadata

from .conftest import PROJECT
from .test_rules import RULES

WINDOWS = 1_000
Counts = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
HISTOGRAMS = read_metadata(PROJECT / "model.pt")["histograms"]
LABELS = np.array([*HISTOGRAMS["labels"].values()])
CONFIDENCE = np.array(HISTOGRAMS["confidence"])
PHOTOS = int(LABELS.sum())
UNSURE = np.array([PHOTOS - 117, 117])  # 6 %


def number(name: str, pattern: str) -> float:
    """A number of a rule, so that a change of the rule is tested here."""
    (rule,) = [rule for rule in RULES if name in (rule.get("record"), rule.get("alert"))]
    (found,) = re.findall(pattern, rule["expr"])
    return float(found)


DEVIATIONS = number("predictor:class_mix:threshold", r"\+ (\d\.\d+) \* sqrt")
LEAST_DISTANCE = number("predictor:class_mix:threshold", r"(\d\.\d+)\s*\)$")
LEAST_PHOTOS = number("predictor:drift:spread", r"increase6h\S* >= (\d+)")
GAP = number("predictor:confidence:threshold", r"(\d\.\d+) \* sqrt")
LEAST_GAP = number("predictor:confidence:threshold", r", (\d\.\d+)\)$")
LEAST_SIZES = number("predictor:image_pixels:threshold", r", (\d\.\d+)\)$")
UNSURE_DEVIATIONS = number("UnsureShareHigh", r"(\d\.\d+) \* sqrt")
LEAST_UNSURE = number("UnsureShareHigh", r"(\d\.\d+)\s*\)$")


def class_mix_fires(live: Counts, reference: Counts) -> Flags:
    """ClassMixDrift, of windows (rows) of photos by label (columns)."""
    n, m = live.sum(-1, keepdims=True), reference.sum(-1, keepdims=True)
    pooled = (live + reference) / (n + m)
    squares = np.divide((live / n - reference / m) ** 2, pooled, out=np.zeros_like(pooled), where=pooled > 0)
    freedom = (pooled > 0).sum(-1) - 1
    term = 2 / (9 * freedom)
    threshold = freedom * (1 / n + 1 / m)[..., 0] * (1 - term + DEVIATIONS * np.sqrt(term)) ** 3
    fires = squares.sum(-1) > np.maximum(threshold, LEAST_DISTANCE)
    found: Flags = fires & (n[..., 0] >= LEAST_PHOTOS)
    return found


def gap_fires(live: Counts, reference: Counts, least: float = LEAST_GAP) -> Flags:
    """ConfidenceDrift, and those of photo sizes and brightness, of photos by bin."""
    n, m = live.sum(-1, keepdims=True), reference.sum(-1, keepdims=True)
    gap = np.abs(live.cumsum(-1) / n - reference.cumsum(-1) / m).max(-1)
    fires = gap > np.maximum(GAP * np.sqrt(1 / n + 1 / m)[..., 0], least)
    found: Flags = fires & (n[..., 0] >= LEAST_PHOTOS)
    return found


def unsure_fires(live: Counts, reference: Counts) -> Flags:
    """UnsureShareHigh, of sure and unsure photos."""
    n, m = live.sum(-1), reference.sum(-1)
    share = reference[..., 1] / m
    margin = UNSURE_DEVIATIONS * np.sqrt(share * (1 - share) * (1 / n + 1 / m))
    fires = live[..., 1] / n > share + np.maximum(margin, LEAST_UNSURE)
    found: Flags = fires & (n >= LEAST_PHOTOS)
    return found


@pytest.fixture
def random() -> np.random.Generator:
    return np.random.default_rng(11)


def windows(random: np.random.Generator, photos: int, counts: Counts) -> Counts:
    return random.multinomial(photos, counts / counts.sum(), WINDOWS)


@pytest.mark.parametrize("photos", [100, 300, 1_000, 3_000, 10_000])
def test_unchanged_data_is_no_drift(random: np.random.Generator, photos: int) -> None:
    """All alerts together, also where chance decides which photos are in the test split."""
    rates = [
        fires(windows(random, photos, counts), windows(random, PHOTOS, counts)).mean()
        for fires, counts in ((class_mix_fires, LABELS), (gap_fires, CONFIDENCE), (unsure_fires, UNSURE))
    ]
    assert sum(rates) <= 0.01, rates


@pytest.mark.parametrize("photos", [100, 1_000, 10_000])
@pytest.mark.parametrize("shares", [(95, 5), (70, 20, 10), (10,) * 10], ids=str)
def test_unchanged_mixes_of_other_models_are_no_drift(
    random: np.random.Generator, photos: int, shares: tuple[int, ...]
) -> None:
    mix = np.array(shares)
    assert class_mix_fires(windows(random, photos, mix), windows(random, PHOTOS, mix)).mean() <= 0.01


@pytest.mark.parametrize("photos", [100, 1_000, 10_000])
def test_unchanged_sizes_are_no_drift(random: np.random.Generator, photos: int) -> None:
    sizes = np.array([1, 2, 3, 5, 8, 13, 8, 5, 3, 2])
    before = windows(random, 7 * photos, sizes)
    assert gap_fires(windows(random, photos, sizes), before, LEAST_SIZES).mean() <= 0.01


def test_fewer_photos_than_the_least_are_no_drift(random: np.random.Generator) -> None:
    few = windows(random, int(LEAST_PHOTOS) - 1, np.array([0, 1]))
    assert not class_mix_fires(few, LABELS).any()
    assert not gap_fires(few, LABELS).any()
    assert not unsure_fires(few, UNSURE).any()


@pytest.mark.parametrize("mix", [(60, 40), (40, 60)])
def test_a_mix_of_60_to_40_is_found(random: np.random.Generator, mix: tuple[int, int]) -> None:
    live = windows(random, 1_000, np.array(mix))
    assert class_mix_fires(live, LABELS).mean() >= 0.9
    assert class_mix_fires(live, windows(random, PHOTOS, np.array([50, 50]))).mean() >= 0.9


def with_share_below(index: int, share: float) -> Counts:
    """The confidences of the test split, but this share of them in the bins before one."""
    low, high = CONFIDENCE[:index], CONFIDENCE[index:]
    return np.concatenate([low / low.sum() * share, high / high.sum() * (1 - share)])


def test_the_smallest_shifts_that_the_runbook_states_are_found(random: np.random.Generator) -> None:
    """In 90 % of windows of 1,000 photos; of confidences, up to 0.95 (6 % of the test split) and up to 0.99 (61 %)."""
    edges = HISTOGRAMS["confidence_edges"]
    assert class_mix_fires(windows(random, 1_000, np.array([58, 42])), LABELS).mean() >= 0.9
    for edge, share in ((0.95, 0.16), (0.99, 0.71)):
        live = windows(random, 1_000, with_share_below(edges.index(edge), share))
        assert gap_fires(live, CONFIDENCE).mean() >= 0.9
    assert unsure_fires(windows(random, 1_000, np.array([895, 105])), UNSURE).mean() >= 0.9
