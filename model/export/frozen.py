"""The trained network as frozen TorchScript, with normalisation and softmax inside."""

import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import numpy as np
import torch
from torch import Tensor, nn

from model.contract.golden import golden_image
from model.train.network import Classifier


class ServedNetwork(nn.Module):
    """The network with normalisation and softmax: uint8 [N, 3, S, S] to float32 probabilities [N, C].

    Normalises whole rows of RGB pixels at a time. Channel by channel, in the `channels_last` layout, that would take a
    sixth of the time of the whole network.

    Args:
        classifier: the trained network.
        temperature: divisor of the logits.
        size: side S of the input, in pixels.
    """

    scale: Tensor
    shift: Tensor

    def __init__(self, classifier: Classifier, temperature: float, size: int):
        super().__init__()
        self.backbone = classifier.backbone
        self.temperature = temperature
        self.size = size
        self.register_buffer("scale", classifier.scale.flatten().repeat(size))
        self.register_buffer("shift", -(classifier.mean * classifier.scale).flatten().repeat(size))

    def forward(self, images: Tensor) -> Tensor:
        rows = images.permute(0, 2, 3, 1).reshape(-1, self.size, 3 * self.size).to(torch.float32)
        rows = rows.mul_(self.scale).add_(self.shift)
        pixels = rows.view(-1, self.size, self.size, 3).permute(0, 3, 1, 2)
        return torch.softmax(self.backbone(pixels) / self.temperature, 1)


def freeze(network: Classifier, temperature: float, size: int) -> torch.jit.ScriptModule:
    """Traces and freezes the network; the result takes any number of images.

    Not `optimize_for_inference`, which is known to give wrong results on CPUs.
    """
    served = ServedNetwork(network, temperature, size).eval()
    example = torch.zeros(2, 3, size, size, dtype=torch.uint8)
    with without_deprecations():
        traced = torch.jit.trace(served, example)  # type: ignore[no-untyped-call]
        frozen: torch.jit.ScriptModule = torch.jit.freeze(traced)
    return frozen


@torch.no_grad()
def parity(network: Classifier, temperature: float, frozen: nn.Module, size: int) -> float:
    """Largest difference in probability between trained and frozen network, on golden images in batches of 1 and 16."""
    images = golden_batch(range(16), size)
    eager = torch.softmax(network(images) / temperature, 1)
    together = (frozen(images) - eager).abs().max()
    alone = max((frozen(images[i : i + 1]) - eager[i : i + 1]).abs().max() for i in range(len(images)))
    return float(max(together, alone))


def golden_batch(seeds: Iterable[int], size: int) -> Tensor:
    """The golden images of these seeds: uint8 [N, 3, size, size]."""
    pixels = np.stack([golden_image(seed, size) for seed in seeds])
    return torch.from_numpy(pixels).permute(0, 3, 1, 2)


@contextmanager
def without_deprecations() -> Iterator[None]:
    """Silences the warnings that TorchScript is deprecated: it is the contract."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        warnings.simplefilter("ignore", DeprecationWarning)
        yield
