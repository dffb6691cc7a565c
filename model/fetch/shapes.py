"""Draws shapes: up to 1,000 classes, which differ in the number of corners, in colour and in the number of bars."""

import colorsys

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

Colour = tuple[int, int, int]


def draw_shape(number: int, seed: int) -> Image.Image:
    """Draws a star of class `number` (0 to 999) somewhere in a small picture: RGB, the same for the same seed.

    The number's last digit is the number of corners, less 3; the next one its colour; the first one the number of bars.
    """
    random = np.random.default_rng([seed, 2])
    width, height = (int(side) for side in random.integers(56, 96, 2))
    picture = Image.fromarray(random.integers(60, 220, (4, 4, 3), dtype=np.uint8))
    picture = picture.resize((width, height), Image.Resampling.BICUBIC).filter(ImageFilter.GaussianBlur(2))
    pen = ImageDraw.Draw(picture)
    radius = random.uniform(0.3, 0.42) * min(width, height)
    x, y = (random.uniform(radius, side - radius) for side in (width, height))
    corners, tone, bars = number % 10 + 3, number // 10 % 10, number // 100
    pen.polygon(_star(x, y, radius, corners, random.uniform(0, 2 * np.pi)), _tone(tone))
    for bar in range(bars):
        left = x - radius * 0.5 + bar * radius / 9
        pen.line((left, y - radius * 0.4, left, y + radius * 0.4), (20, 20, 20), 1)
    grain = random.normal(0, random.uniform(1, 6), (height, width, 1))
    return Image.fromarray((np.asarray(picture) + grain).clip(0, 255).astype(np.uint8))


def any_colour(random: np.random.Generator) -> Colour:
    """A colour that is neither very dark nor very light."""
    red, green, blue = (int(value) for value in random.integers(60, 220, 3))
    return red, green, blue


def _star(x: float, y: float, radius: float, corners: int, turn: float) -> list[tuple[float, float]]:
    angles = turn + np.pi / corners * np.arange(2 * corners)
    reach = radius * np.where(np.arange(2 * corners) % 2 == 0, 1, 0.6)
    return [(x + r * np.cos(angle), y + r * np.sin(angle)) for r, angle in zip(reach, angles, strict=True)]


def _tone(number: int) -> Colour:
    red, green, blue = (int(255 * part) for part in colorsys.hsv_to_rgb(number / 10, 0.9, 0.95))
    return red, green, blue
