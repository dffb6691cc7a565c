"""Draws cats and dogs, and shapes as further classes: to try the pipeline without photos and without a network.

Cats have pointed ears, slit pupils, whiskers and a long tail; dogs have hanging ears, a snout and often a tongue.
Colour, pose, place, size, background and file format say nothing about the class.
"""

import io
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter
from tqdm import tqdm

from model.fetch.shapes import any_colour, draw_shape

FURS = ((214, 140, 70), (122, 84, 56), (150, 150, 155), (52, 48, 50), (236, 224, 200), (196, 170, 130))
EYES = ((190, 200, 60), (90, 160, 90), (200, 140, 40), (80, 130, 180))
PINK, NIGHT = (235, 140, 150), (25, 22, 24)
SIDE = 400  # of the square that an animal is drawn in, before it is turned and scaled
CLASSES = ("cat", "dog")
Colour = tuple[int, int, int]


def write_sample(out: Path, count: int, classes: int = 2) -> None:
    """Fills `out`/cat, `out`/dog and, for more classes, `out`/shape-002 and so on with drawings.

    Two copies and two damaged files are for model.prepare to find and leave out.

    Args:
        out: folder to fill.
        count: drawings in all.
        classes: 2 to 1,000.
    """
    labels = [*CLASSES, *(f"shape-{number:03}" for number in range(len(CLASSES), classes))]
    for label in labels:
        (out / label).mkdir(parents=True)

    def make(index: int) -> None:
        number = index % len(labels)
        label = labels[number]
        drawing = draw(label, index) if label in CLASSES else draw_shape(number, index)
        name, data = encode(drawing, index)
        (out / label / name).write_bytes(data)
        if index < len(CLASSES):
            (out / label / f"copy-of-{name}").write_bytes(data)
            (out / label / f"cut-short-{name}").write_bytes(data[: len(data) // 3])

    with ThreadPoolExecutor() as pool:
        list(tqdm(pool.map(make, range(count)), "draw", count, unit=" photos"))


def encode(image: Image.Image, seed: int) -> tuple[str, bytes]:
    """The name and the bytes of a file: mostly JPEG of varied quality, some PNG and WebP."""
    random = np.random.default_rng([seed, 1])
    kind = random.choice(["jpg", "jpg", "jpg", "jpg", "png", "webp"])
    file = io.BytesIO()
    image.save(file, {"jpg": "JPEG", "png": "PNG", "webp": "WEBP"}[kind], quality=int(random.integers(60, 95)))
    return f"{seed:05}.{kind}", file.getvalue()


def draw(label: str, seed: int) -> Image.Image:
    """Draws one animal somewhere in a picture: RGB, 160 to 560 pixels wide and high, the same for the same seed."""
    random = np.random.default_rng([seed, 0])
    side = int(random.integers(160, 400))
    width, height = (int(side * stretch) for stretch in random.uniform(1, 1.4, 2))
    picture = _background(random, width, height)
    animal = _animal(random, label).rotate(random.uniform(-12, 12), Image.Resampling.BILINEAR)
    if random.random() < 0.5:
        animal = animal.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    animal = animal.resize((side, side), Image.Resampling.BILINEAR)
    x, y = (int(spare * random.uniform(0, 1)) for spare in (width - side, height - side))
    picture.paste(animal, (x, y), animal)
    grain = random.normal(random.uniform(-20, 20), random.uniform(1, 8), (height, width, 1))
    return Image.fromarray((np.asarray(picture) + grain).clip(0, 255).astype(np.uint8))


def _background(random: np.random.Generator, width: int, height: int) -> Image.Image:
    """Blurred boxes in random colours on a slope from one colour to another."""
    ends = random.integers(60, 220, (2, 3))
    slope = np.linspace(0, 1, height)[:, None, None]
    rows = (ends[0] * (1 - slope) + ends[1] * slope).astype(np.uint8)
    picture = Image.fromarray(np.repeat(rows, width, axis=1))
    pen = ImageDraw.Draw(picture)
    for _ in range(random.integers(0, 4)):
        x, y = random.uniform(-0.2, 1, 2) * (width, height)
        pen.rectangle((x, y, x + random.uniform(20, width), y + random.uniform(20, height / 2)), any_colour(random))
    return picture.filter(ImageFilter.GaussianBlur(random.uniform(0, 8)))


def _animal(random: np.random.Generator, label: str) -> Image.Image:
    """One animal in a clear square of SIDE pixels: body first, then the head on it."""
    fur = FURS[random.integers(len(FURS))]
    animal = Image.new("RGBA", (SIDE, SIDE))
    pen = ImageDraw.Draw(animal)
    _draw_body(random, pen, label, fur)
    head = Image.new("RGBA", (SIDE, SIDE))
    (_draw_cat_head if label == "cat" else _draw_dog_head)(random, ImageDraw.Draw(head), fur)
    head = head.rotate(random.uniform(-15, 15), Image.Resampling.BILINEAR, center=(200, 150))
    animal.alpha_composite(head)
    return animal


def _draw_body(random: np.random.Generator, pen: ImageDraw.ImageDraw, label: str, fur: Colour) -> None:
    breadth = random.uniform(70, 100)
    reach, lift = (random.uniform(90, 130), random.uniform(60, 180)) if label == "cat" else (60, random.uniform(10, 40))
    tail = [(200 + breadth * 0.7 + reach * t, 350 - lift * t**2 + 15 * np.sin(6 * t)) for t in np.linspace(0, 1, 12)]
    pen.line(tail, _shade(fur, 0.8), width=18 if label == "cat" else 26, joint="curve")
    pen.ellipse((200 - breadth, 200, 200 + breadth, 395), _shade(fur, 0.9))
    for place in range(random.integers(2, 6)):
        mark, y = _shade(fur, random.uniform(0.4, 0.7)), 225 + 25 * place
        if label == "cat":
            pen.arc((200 - breadth * 0.9, y, 200 + breadth * 0.9, y + 30), 20, 160, mark, 10)
        else:
            x, radius = random.uniform(140, 220), random.uniform(20, 50)
            pen.ellipse((x, y, x + radius, y + radius), mark)
    for x in (165, 215):  # paws
        pen.ellipse((x, 355, x + 40, 398), _shade(fur, 1.15))


def _draw_cat_head(random: np.random.Generator, pen: ImageDraw.ImageDraw, fur: Colour) -> None:
    tip = random.uniform(40, 65)
    for side in (-1, 1):
        ear = [(200 + side * 78, 130), (200 + side * tip * 1.3, tip - 35), (200 + side * 15, 90)]
        pen.polygon(ear, _shade(fur, 0.85))
        middle = np.mean(ear, axis=0)
        pen.polygon([tuple(middle + (np.array(corner) - middle) * 0.5) for corner in ear], PINK)
    pen.ellipse((118, 78, 282, 222), fur)
    for x in (180, 200, 220):  # stripes
        pen.line((x, 82, x, 112), _shade(fur, 0.5), 7)
    iris, slit = EYES[random.integers(len(EYES))], random.uniform(3, 7)
    for x in (165, 235):
        pen.ellipse((x - 19, 122, x + 19, 158), iris)
        pen.ellipse((x - slit, 123, x + slit, 157), NIGHT)
    pen.polygon([(190, 172), (210, 172), (200, 184)], PINK)
    pen.arc((180, 176, 200, 196), 10, 170, NIGHT, 3)
    pen.arc((200, 176, 220, 196), 10, 170, NIGHT, 3)
    whisker = (250, 250, 250) if sum(fur) < 400 else (70, 65, 65)
    for side in (-1, 1):
        for end in (165, 185, 205):
            pen.line((200 + side * 22, 184, 200 + side * 115, end + random.uniform(-8, 8)), whisker, 3)


def _draw_dog_head(random: np.random.Generator, pen: ImageDraw.ImageDraw, fur: Colour) -> None:
    pen.ellipse((122, 70, 278, 220), fur)
    length, breadth = random.uniform(190, 235), random.uniform(36, 50)
    for side in (-1, 1):
        left, right = sorted((200 + side * (85 - breadth / 2), 200 + side * (85 + breadth / 2)))
        pen.ellipse((left, 80, right, length), _shade(fur, random.uniform(0.6, 0.75)))
    for x in (170, 230):
        pen.ellipse((x - 13, 117, x + 13, 143), NIGHT)
        pen.ellipse((x + 1, 121, x + 7, 127), (250, 250, 250))
    if random.random() < 0.6:
        pen.ellipse((184, 195, 216, random.uniform(240, 265)), (225, 95, 110))  # tongue
    pen.ellipse((150, 140, 250, 226), _shade(fur, 1.3))
    pen.ellipse((172, 142, 228, 180), NIGHT)
    pen.line((200, 176, 200, 202), NIGHT, 3)


def _shade(colour: Colour, factor: float) -> Colour:
    red, green, blue = (min(255, int(value * factor)) for value in colour)
    return red, green, blue
