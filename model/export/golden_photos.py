"""Makes golden photos: drawings in the formats that people send, with the answers that were measured here."""

import io
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from PIL import Image
from torch import nn

from model.contract.golden import golden_image
from model.contract.golden_photos import SMALL, GoldenPhoto
from model.contract.preprocess import preprocess
from model.contract.squares import ORIENTATION
from model.export.golden_candidates import FACTOR, Choice

if TYPE_CHECKING:
    from model.contract.metadata import Tolerance

CANDIDATES = 256
MOST = 24  # golden photos: PNGs are added until every pair of classes is told apart
LEAST_LOSSLESS, LEAST_LOSSY = 0.005, 0.01  # of a probability: CPUs and decoders differ that were not measured here
SHORTLIST = 8  # candidates of which the one with the smallest tolerance is taken
MARGIN = 4  # times what was measured
MOST_FACTOR = 10.0
CLEARLY = 0.05  # a difference of probability that no tolerance hides


class Kind(NamedTuple):
    """A format of golden photos: what it is, and how one is made of a drawing and its seed."""

    what: str
    suffix: str
    encode: Callable[[Image.Image, int], bytes]


def _png(drawing: Image.Image, seed: int) -> bytes:
    return _file(drawing, "PNG")


def _jpeg(drawing: Image.Image, seed: int) -> bytes:
    return _file(_enlarged(drawing, seed), "JPEG", quality=90)


def _turned_jpeg(drawing: Image.Image, seed: int) -> bytes:
    exif = Image.Exif()
    exif[ORIENTATION] = 6  # stored lying on its side: to be turned by a quarter, clockwise
    stored = _enlarged(drawing, seed).transpose(Image.Transpose.ROTATE_90)
    return _file(stored, "JPEG", quality=90, exif=exif)


def _progressive_jpeg(drawing: Image.Image, seed: int) -> bytes:
    return _file(_enlarged(drawing, seed), "JPEG", quality=90, progressive=True)


def _grey_jpeg(drawing: Image.Image, seed: int) -> bytes:
    return _file(_enlarged(drawing, seed).convert("L"), "JPEG", quality=90)


def _webp(drawing: Image.Image, seed: int) -> bytes:
    return _file(_enlarged(drawing, seed), "WEBP", quality=90)


PNG = Kind("PNG of the input's size", "png", _png)
KINDS = (
    PNG,
    Kind("JPEG larger than the input", "jpg", _jpeg),
    Kind("JPEG with EXIF orientation 6", "jpg", _turned_jpeg),
    Kind("progressive JPEG", "jpg", _progressive_jpeg),
    Kind("grey JPEG", "jpg", _grey_jpeg),
    Kind("WebP larger than the input", "webp", _webp),
    PNG,
    PNG,
)


class Candidates(NamedTuple):
    """M photos of one kind, the network's answers to them, and whether it would answer clearly otherwise if turned."""

    photos: list[bytes]
    answers: np.ndarray  # float32 [M, C]
    turning_shows: np.ndarray  # bool [M]


def make_golden_photos(frozen: nn.Module, size: int, classes: int) -> dict[str, GoldenPhoto]:
    """Chooses drawings by the network's answers and makes a photo of each.

    Args:
        frozen: the network to serve.
        size: side of its input, in pixels.
        classes: number of its outputs.

    Returns:
        The golden photos, by the names of their files.
    """
    photos: dict[str, GoldenPhoto] = {}
    made: dict[Kind, Candidates] = {}
    choice = Choice(classes)
    drawings = [Image.fromarray(golden_image(seed, size)) for seed in range(CANDIDATES)]
    kinds = list(KINDS)
    while kinds or (len(photos) < MOST and not choice.is_complete):
        kind = kinds.pop(0) if kinds else PNG
        if kind not in made:
            made[kind] = _candidates(frozen, kind, drawings)
        candidates = made[kind]
        best = choice.best(candidates.answers, candidates.turning_shows, SHORTLIST)
        measured = {index: _measure(frozen, kind, candidates.photos[index], size) for index in best}
        index = min(measured, key=lambda each: measured[each].tolerance["probability"])
        choice.take(index, candidates.answers[index])
        photos[f"golden/{len(photos) + 1}.{kind.suffix}"] = measured[index]
    return photos


def share_told_apart(photos: list[GoldenPhoto]) -> float:
    """The share of the pairs of classes whose exchange at least one golden photo would show: 0 to 1."""
    count = len(photos[0].probabilities)
    first, second = np.triu_indices(count, 1)
    told = np.zeros(len(first), bool)
    for photo in photos:
        one, other = np.array(photo.probabilities)[first], np.array(photo.probabilities)[second]
        ratio = np.maximum(one, other) / np.maximum(np.minimum(one, other), SMALL / 100)
        told |= np.abs(one - other) > photo.tolerance["probability"]
        told |= (np.maximum(one, other) >= SMALL) & (ratio > photo.tolerance["factor"])
    return float(told.mean())


def _candidates(frozen: nn.Module, kind: Kind, drawings: list[Image.Image]) -> Candidates:
    photos = [kind.encode(drawing, seed) for seed, drawing in enumerate(drawings)]
    pixels = np.stack([preprocess(photo, drawings[0].width) for photo in photos])
    answers, shows = _probabilities(frozen, pixels), np.ones(len(photos), bool)
    if kind.encode is _turned_jpeg:
        turned = _probabilities(frozen, np.rot90(pixels, axes=(1, 2)))
        shows = np.abs(answers - turned).max(1) > CLEARLY
    return Candidates(photos, answers, shows)


@torch.no_grad()
def _probabilities(frozen: nn.Module, pixels: np.ndarray) -> np.ndarray:
    batches = torch.split(torch.tensor(pixels.copy()).permute(0, 3, 1, 2), 32)
    answers: np.ndarray = torch.cat([frozen(batch) for batch in batches]).numpy()
    return answers


def _without_onednn(frozen: nn.Module, pixels: np.ndarray) -> np.ndarray:
    """The answers that torch's own kernels give."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch's own, of Intel's GPUs
        with torch.backends.mkldnn.flags(enabled=False):
            return _probabilities(frozen, pixels)


def _measure(frozen: nn.Module, kind: Kind, photo: bytes, size: int) -> GoldenPhoto:
    """The answer to one photo, and how far others' answers may be off."""
    pixels, is_lossless = preprocess(photo, size), kind is PNG
    (answer,) = _probabilities(frozen, pixels[None])
    others = [_without_onednn(frozen, np.stack([pixels] * 8))]
    kernels = float(np.abs(others[0] - answer).max())
    reason = f"{kernels:.0e} between the kernels of oneDNN and torch on this CPU, and others differ, too"
    if not is_lossless:
        random = np.random.default_rng(1)
        noise = random.integers(-1, 2, (8, *pixels.shape))
        others.append(_probabilities(frozen, (pixels + noise).clip(0, 255).astype(np.uint8)))
        decoders = float(np.abs(others[1] - answer).max())
        reason += f"; {decoders:.0e} where a decoder gives each pixel a value that is off by 1"
    measured = np.concatenate(others)
    least = LEAST_LOSSLESS if is_lossless else LEAST_LOSSY
    ratios = np.abs(np.log(np.maximum(measured, 1e-4) / np.maximum(answer, 1e-4)))
    tolerance: Tolerance = {
        "probability": round(max(least, MARGIN * float(np.abs(measured - answer).max())), 6),
        "factor": round(min(MOST_FACTOR, max(FACTOR, float(np.exp(MARGIN * ratios.max())))), 6),
        "reason": f"{MARGIN} times what was measured, at least {least}: {reason}",
    }
    probabilities = tuple(float(f"{probability:.7g}") for probability in answer)
    return GoldenPhoto(kind.what, photo, probabilities, tolerance)


def _enlarged(drawing: Image.Image, seed: int) -> Image.Image:
    """Twice as wide and one and a half times as high, with grain: how it is made small again shows."""
    width, height = 2 * drawing.width, drawing.height * 3 // 2
    grain = np.random.default_rng(seed).integers(-4, 5, (height, width, 1))
    large = np.asarray(drawing.resize((width, height), Image.Resampling.BICUBIC))
    return Image.fromarray((large + grain).clip(0, 255).astype(np.uint8))


def _file(image: Image.Image, kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()
