"""How a batch of photos is varied for training, and how it is left alone for evaluation."""

import math
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor


def train_preset(images: Tensor, crop: int) -> Tensor:
    """Random crop, aspect, rotation, flip and light, different for each image, all at once for the whole batch.

    The crop is the one of Szegedy et al. 2015 (a share of the area and an aspect ratio).

    Args:
        images: uint8 [N, 3, S, S].
        crop: side of the result, in pixels.

    Returns:
        float32 [N, 3, crop, crop], 0 to 255.
    """
    if images.shape[-1] > 1.2 * crop:  # grid_sample skips pixels when it shrinks
        images = F.interpolate(images, size=round(crop * 8 / 7), mode="bilinear", antialias=True)
    count, device = len(images), images.device

    def uniform(low: float, high: float) -> Tensor:
        return torch.empty(count, device=device).uniform_(low, high)

    area, aspect = uniform(0.3, 1.0).sqrt(), uniform(math.log(3 / 4), math.log(4 / 3)).exp().sqrt()
    width, height = (area * aspect).clamp(max=1), (area / aspect).clamp(max=1)
    mirror = torch.randint(0, 2, (count,), device=device) * 2.0 - 1
    turn = uniform(-0.2, 0.2) * torch.randint(0, 2, (count,), device=device)  # radians; every other image stays level
    affine = torch.stack(
        [
            torch.stack([mirror * width * turn.cos(), -height * turn.sin(), uniform(-1, 1) * (1 - width)], 1),
            torch.stack([mirror * width * turn.sin(), height * turn.cos(), uniform(-1, 1) * (1 - height)], 1),
        ],
        1,
    )
    grid = F.affine_grid(affine, [count, 3, crop, crop], align_corners=False)
    images = F.grid_sample(eval_preset(images), grid, padding_mode="reflection", align_corners=False)
    return _vary_light(images, uniform)


def _vary_light(images: Tensor, uniform: Callable[[float, float], Tensor]) -> Tensor:
    """Random brightness, contrast and saturation, each by up to 30 %; one image in ten turns grey."""

    def column(values: Tensor) -> Tensor:
        return values.view(-1, 1, 1, 1)

    grey = images.mean(1, keepdim=True)
    saturation = uniform(0.7, 1.3) * (uniform(0, 1) > 0.1)
    images = grey + (images - grey) * column(saturation)
    mean = images.mean((1, 2, 3), keepdim=True)
    return ((images - mean) * column(uniform(0.7, 1.3)) + mean * column(uniform(0.7, 1.3))).clamp(0, 255)


def eval_preset(images: Tensor) -> Tensor:
    """uint8 [N, 3, S, S] to float32 of the same shape, 0 to 255."""
    return images.float().contiguous(memory_format=torch.channels_last)
