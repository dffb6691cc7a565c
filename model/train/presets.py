"""Presets: what a batch of photos goes through for training (random augmentation), and for evaluation (nothing)."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor


def random_affine(count: int, device: torch.device) -> Tensor:
    """Random crop, aspect ratio, mirroring and rotation of `count` images, as affine maps: float32 [N, 2, 3].

    The crop is the one of Szegedy et al. 2015 (a share of the area and an aspect ratio).
    """

    def uniform(low: float, high: float) -> Tensor:
        return torch.empty(count, device=device).uniform_(low, high)

    area, aspect = uniform(0.3, 1.0).sqrt(), uniform(math.log(3 / 4), math.log(4 / 3)).exp().sqrt()
    width, height = (area * aspect).clamp(max=1), (area / aspect).clamp(max=1)
    mirror = torch.randint(0, 2, (count,), device=device) * 2.0 - 1
    # in radians; half of the images are not rotated
    rotation = uniform(-0.2, 0.2) * torch.randint(0, 2, (count,), device=device)
    return torch.stack(
        [
            torch.stack([mirror * width * rotation.cos(), -height * rotation.sin(), uniform(-1, 1) * (1 - width)], 1),
            torch.stack([mirror * width * rotation.sin(), height * rotation.cos(), uniform(-1, 1) * (1 - height)], 1),
        ],
        1,
    )


def warp(images: Tensor, affine: Tensor, height: int, width: int) -> Tensor:
    """Applies an affine map (float32 [N, 2, 3]) to each image: float [N, C, H, W] to [N, C, height, width]."""
    grid = F.affine_grid(affine, [len(images), images.shape[1], height, width], align_corners=False)
    return F.grid_sample(images, grid, padding_mode="reflection", align_corners=False)


def train_preset(images: Tensor, affine: Tensor, crop: int) -> Tensor:
    """Crops, mirrors and rotates each image by its affine map, and varies its colours at random.

    Args:
        images: uint8 [N, 3, S, S].
        affine: of `random_affine`.
        crop: side of the result, in pixels.

    Returns:
        float32 [N, 3, crop, crop], 0 to 255.
    """
    if images.shape[-1] > 1.2 * crop:  # grid_sample does not antialias when it shrinks
        images = F.interpolate(images, size=round(crop * 8 / 7), mode="bilinear", antialias=True)
    return _vary_colours(warp(eval_preset(images), affine, crop, crop))


def _vary_colours(images: Tensor) -> Tensor:
    """Random brightness, contrast and saturation, each by up to 30 %; one image in ten becomes grey."""

    def uniform(low: float, high: float) -> Tensor:
        return torch.empty(len(images), 1, 1, 1, device=images.device).uniform_(low, high)

    grey = images.mean(1, keepdim=True)
    images = grey + (images - grey) * (uniform(0.7, 1.3) * (uniform(0, 1) > 0.1))
    mean = images.mean((1, 2, 3), keepdim=True)
    return ((images - mean) * uniform(0.7, 1.3) + mean * uniform(0.7, 1.3)).clamp(0, 255)


def eval_preset(images: Tensor) -> Tensor:
    """uint8 [N, 3, S, S] to float32 of the same shape, 0 to 255."""
    return images.float().contiguous(memory_format=torch.channels_last)
