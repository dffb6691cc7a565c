"""How a batch of photos is varied for training, and how it is left alone for evaluation."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor


def random_views(count: int, device: torch.device) -> Tensor:
    """Random crop, aspect, mirroring and rotation of `count` images, as affine maps: float32 [N, 2, 3].

    The crop is the one of Szegedy et al. 2015 (a share of the area and an aspect ratio).
    """

    def uniform(low: float, high: float) -> Tensor:
        return torch.empty(count, device=device).uniform_(low, high)

    area, aspect = uniform(0.3, 1.0).sqrt(), uniform(math.log(3 / 4), math.log(4 / 3)).exp().sqrt()
    width, height = (area * aspect).clamp(max=1), (area / aspect).clamp(max=1)
    mirror = torch.randint(0, 2, (count,), device=device) * 2.0 - 1
    turn = uniform(-0.2, 0.2) * torch.randint(0, 2, (count,), device=device)  # radians; every other image stays level
    return torch.stack(
        [
            torch.stack([mirror * width * turn.cos(), -height * turn.sin(), uniform(-1, 1) * (1 - width)], 1),
            torch.stack([mirror * width * turn.sin(), height * turn.cos(), uniform(-1, 1) * (1 - height)], 1),
        ],
        1,
    )


def look(images: Tensor, views: Tensor, height: int, width: int) -> Tensor:
    """Each image as its view shows it: float [N, C, H, W] to [N, C, height, width]."""
    grid = F.affine_grid(views, [len(images), images.shape[1], height, width], align_corners=False)
    return F.grid_sample(images, grid, padding_mode="reflection", align_corners=False)


def train_preset(images: Tensor, views: Tensor, crop: int) -> Tensor:
    """A view of each image, in another light.

    Args:
        images: uint8 [N, 3, S, S].
        views: of `random_views`.
        crop: side of the result, in pixels.

    Returns:
        float32 [N, 3, crop, crop], 0 to 255.
    """
    if images.shape[-1] > 1.2 * crop:  # grid_sample skips pixels when it shrinks
        images = F.interpolate(images, size=round(crop * 8 / 7), mode="bilinear", antialias=True)
    return _vary_light(look(eval_preset(images), views, crop, crop))


def _vary_light(images: Tensor) -> Tensor:
    """Random brightness, contrast and saturation, each by up to 30 %; one image in ten turns grey."""

    def uniform(low: float, high: float) -> Tensor:
        return torch.empty(len(images), 1, 1, 1, device=images.device).uniform_(low, high)

    grey = images.mean(1, keepdim=True)
    images = grey + (images - grey) * (uniform(0.7, 1.3) * (uniform(0, 1) > 0.1))
    mean = images.mean((1, 2, 3), keepdim=True)
    return ((images - mean) * uniform(0.7, 1.3) + mean * uniform(0.7, 1.3)).clamp(0, 255)


def eval_preset(images: Tensor) -> Tensor:
    """uint8 [N, 3, S, S] to float32 of the same shape, 0 to 255."""
    return images.float().contiguous(memory_format=torch.channels_last)
