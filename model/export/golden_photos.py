"""Makes golden photos: drawings in the formats that people send, with the answers that were measured here."""

import io
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch
from PIL import Image
from torch import nn

from model.contract.golden import golden_image
from model.contract.golden_photos import SMALL, GoldenPhoto
from model.contract.metadata import Tolerance
from model.contract.preprocess import ORIENTATION, preprocess
from model.export.golden_candidates import FACTOR, Choice, Views

CANDIDATES = 256
MOST = 24  # golden photos: PNGs are added until every pair of classes is told apart
LEAST_LOSSLESS, LEAST_LOSSY = 0.005, 0.01  # of a probability: CPUs and decoders differ that were not measured here
MARGIN = 4  # times what was measured
MOST_FACTOR = 10.0
CLEARLY = 0.05  # a difference of probability that no tolerance hides


class Kind(NamedTuple):
    """A format of golden photos: what it is, which answer to a drawing it gets, and how it is made of the drawing."""

    what: str
    suffix: str
    view: str  # of Views
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


PNG = Kind("PNG of the input's size", "png", "colour", _png)
KINDS = (
    PNG,
    Kind("JPEG larger than the input", "jpg", "colour", _jpeg),
    Kind("JPEG with EXIF orientation 6", "jpg", "colour", _turned_jpeg),
    Kind("progressive JPEG", "jpg", "colour", _progressive_jpeg),
    Kind("grey JPEG", "jpg", "grey", _grey_jpeg),
    Kind("WebP larger than the input", "webp", "colour", _webp),
    PNG,
    PNG,
)


def make_golden_photos(frozen: nn.Module, size: int, classes: int) -> dict[str, GoldenPhoto]:
    """Chooses drawings by the network's answers and makes a photo of each.

    Args:
        frozen: the network to serve.
        size: side of its input, in pixels.
        classes: number of its outputs.

    Returns:
        The golden photos, by the names of their files.
    """
    views, choice = _answers(frozen, size), Choice(classes)
    turning_shows = np.abs(views.colour - views.turned).max(1) > CLEARLY
    photos: dict[str, GoldenPhoto] = {}
    kinds = list(KINDS)
    while kinds or (len(photos) < MOST and not choice.is_complete):
        kind = kinds.pop(0) if kinds else PNG
        seed = choice.choose(getattr(views, kind.view), turning_shows if kind.encode is _turned_jpeg else None)
        photo = kind.encode(Image.fromarray(golden_image(seed, size)), seed)
        probabilities, tolerance = _measure(frozen, preprocess(photo, size), kind.suffix == "png")
        name = f"golden/{len(photos) + 1}.{kind.suffix}"
        photos[name] = GoldenPhoto(kind.what, photo, probabilities, tolerance)
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


@torch.no_grad()
def _answers(frozen: nn.Module, size: int) -> Views:
    """The network's answers to all candidates, and to what becomes of them in grey, or turned."""
    views: tuple[list[np.ndarray], ...] = ([], [], [])
    for seed in range(CANDIDATES):
        drawing = Image.fromarray(golden_image(seed, size))
        shown = (drawing, drawing.convert("L").convert("RGB"), drawing.transpose(Image.Transpose.ROTATE_90))
        for answers, image in zip(views, shown, strict=True):
            answers.append(_probabilities(frozen, np.asarray(image)[None])[0])
    return Views(*(np.stack(answers) for answers in views))


@torch.no_grad()
def _probabilities(frozen: nn.Module, pixels: np.ndarray) -> np.ndarray:
    answers: np.ndarray = frozen(torch.tensor(pixels).permute(0, 3, 1, 2)).numpy()
    return answers


def _measure(frozen: nn.Module, pixels: np.ndarray, is_lossless: bool) -> tuple[tuple[float, ...], Tolerance]:
    """The answer to one photo, and how far others' answers may be off."""
    (answer,) = _probabilities(frozen, pixels[None])
    with torch.backends.mkldnn.flags(enabled=False):  # torch's own kernels instead of oneDNN's
        others = [_probabilities(frozen, np.stack([pixels] * 8))]
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
    return tuple(float(f"{probability:.7g}") for probability in answer), tolerance


def _enlarged(drawing: Image.Image, seed: int) -> Image.Image:
    """Twice as wide and one and a half times as high, with grain: how it is made small again shows."""
    width, height = 2 * drawing.width, drawing.height * 3 // 2
    grain = np.random.default_rng(seed).integers(-12, 13, (height, width, 1))
    large = np.asarray(drawing.resize((width, height), Image.Resampling.BICUBIC))
    return Image.fromarray((large + grain).clip(0, 255).astype(np.uint8))


def _file(image: Image.Image, kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()
