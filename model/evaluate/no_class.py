"""Photos that show none of the classes: how many of their answers are marked as unsure.

The threshold is chosen on photos of the classes and promises nothing for others: networks are often sure of what is
unlike all that they were trained on (Hein et al. 2019). Some are tried all the same, because people send such photos.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import islice
from pathlib import Path

import numpy as np
from scipy.stats import binomtest
from tqdm import tqdm

from model.contract.classes import caseless
from model.contract.errors import BadImage, Mistake
from model.contract.preprocess import preprocess
from model.evaluate.figures import NoClass
from model.evaluate.photos import BATCH, Predict
from model.prepare.names import escaped
from model.prepare.walk import Walk

BUNDLED = "that come with Python packages"
LISTED = 100  # photos in report.txt; of more, the most confident answers

# inside packages that are installed anyway: nothing is downloaded; behind each, what it shows
PHOTOS = {
    "skimage/data/astronaut.png": "astronaut person people human woman face portrait flag helmet spacesuit shuttle",
    "skimage/data/brick.png": "brick wall pavement",
    "skimage/data/camera.png": "camera person people human man coat tripod meadow grass tower building",
    "skimage/data/chelsea.png": "cat kitten tabby animal pet face",
    "skimage/data/coffee.png": "coffee espresso cup mug saucer plate spoon table drink food",
    "skimage/data/coins.png": "coin money",
    "skimage/data/grass.png": "grass meadow lawn plant",
    "skimage/data/gravel.png": "gravel stone rock pebble",
    "skimage/data/hubble_deep_field.jpg": "galaxy star space sky night",
    "skimage/data/moon.png": "moon crater space",
    "skimage/data/motorcycle_left.png": "motorcycle motorbike bike vehicle wheel garage workshop",
    "skimage/data/rocket.jpg": "rocket missile spacecraft tower lamp sky night",
    "sklearn/datasets/images/china.jpg": "temple pagoda tower palace building roof tree lake landscape",
    "sklearn/datasets/images/flower.jpg": "flower dahlia blossom plant",
    "matplotlib/mpl-data/sample_data/grace_hopper.jpg": "admiral person people human woman face portrait flag uniform "
    "glasses hat cap",
}
# a class with such a word in its name may be that of all other photos
ALL_OTHERS = {"background", "else", "neither", "no", "non", "none", "not", "nothing", "other", "unknown"}


@dataclass(frozen=True)
class NoClassAnswers:
    """The answers to N photos of no class."""

    source: str  # which photos these are, behind "photos of no class"
    classes: Sequence[str]
    files: list[str]  # escaped names
    probabilities: np.ndarray  # float32 [N, C]
    below: float | None  # answers of less confidence are marked; None if the model has no threshold

    @property
    def marked(self) -> np.ndarray:
        """Whether each answer is marked as unsure, bool [N]."""
        marked: np.ndarray = self.probabilities.max(1, initial=0) < (self.below or 0)
        return marked

    @property
    def figures(self) -> NoClass:
        """How many photos there are, and how many are marked."""
        return {"photos": len(self.files), "unsure": int(self.marked.sum())}

    def summary(self) -> str:
        """One sentence for a person."""
        count = len(self.files)
        if not count:
            return f"no photos of no class {self.source}: none is there, or each may show one of the classes"
        photos = f"{count:,} photo{'s' * (count != 1)} of no class {self.source}"
        if self.below is None:
            return f"{photos}: none is marked as unsure, because the model has no threshold"
        return f"{photos}: {self.marked.sum():,} marked as unsure"

    def report(self) -> list[str]:
        """The lines of report.txt: the summary, each photo with its answer, and how far that goes."""
        if not self.files:
            return [self.summary()]
        confidence = self.probabilities.max(1)
        order = np.argsort(-confidence, kind="stable")
        lines = [f"  {self._mark(index)}{self._answer(index)}" for index in order[:LISTED]]
        if len(order) > LISTED:
            lines.append(f"  … and {len(order) - LISTED:,} of less confidence")
        return [
            self.summary(),
            *lines,
            *self._how_far(),
            f"The most confident answer of these: {self._answer(order[0]).strip()}.",
        ]

    def _mark(self, index: int) -> str:
        if self.below is None:
            return ""
        return "unsure  " if self.marked[index] else "sure    "

    def _answer(self, index: int) -> str:
        row = self.probabilities[index]
        return f"{row.max():6.1%} {self.classes[row.argmax()]} for {self.files[index]}"

    def _how_far(self) -> list[str]:
        """What the share of the marked ones says about other photos."""
        if self.below is None:
            return []
        marked, count = self.figures["unsure"], len(self.files)
        interval = binomtest(marked, count).proportion_ci(method="wilson")
        return [
            f"How far that goes: {marked:,} of {count:,} means that {interval.low:.0%} to {interval.high:.0%} of such "
            "photos are marked (95 % interval), if these were chosen at random.",
            "Other photos may do otherwise: the threshold is chosen on photos of the classes, and a network can be "
            "sure of what it never learned.",
        ]


def bundled_photos(classes: Sequence[str]) -> dict[str, Path]:
    """Photos inside installed packages, by their names, without those that may show one of the classes.

    Which ones do is known by English words only; a class for all other photos (`ALL_OTHERS`) leaves none.
    """
    words = {word for name in classes for word in _words(name)}
    if words & ALL_OTHERS:
        return {}
    found = {name: _inside_package(name) for name, content in PHOTOS.items() if not words & set(content.split())}
    return {name: path for name, path in found.items() if path is not None}


def folder_photos(folder: Path) -> dict[str, Path]:
    """The files at any depth of a folder, by their escaped names; hidden ones are left out.

    Raises:
        Mistake: there is no such folder.
    """
    if not folder.is_dir():
        raise Mistake(f"there is no folder {folder}")
    walk = Walk()
    paths = [path for path, _ in (*walk.files(folder, ""), *walk.linked())]
    return {escaped(path.relative_to(folder).as_posix()): path for path in paths}


def answer_no_class(
    source: str, photos: Mapping[str, Path], classes: Sequence[str], size: int, network: Predict, below: float | None
) -> NoClassAnswers:
    """Runs the network on photos of no class; files that are no photos are left out.

    Args:
        source: which photos these are, behind "photos of no class".
        photos: the files by their names.
        classes: the network's, in the order of its outputs.
        size: side of its input, in pixels.
        network: gives probabilities for pixels.
        below: the threshold, if there is one.
    """
    remaining, files = _readable(photos.items(), size), list[str]()
    outputs = [np.empty((0, len(classes)), np.float32)]
    while batch := list(islice(remaining, BATCH)):
        files += [name for name, _ in batch]
        outputs.append(network(np.stack([pixels for _, pixels in batch])))
    return NoClassAnswers(source, classes, files, np.concatenate(outputs), below)


def _readable(photos: Iterable[tuple[str, Path]], size: int) -> Iterator[tuple[str, np.ndarray]]:
    for name, path in tqdm(photos, "no class", unit=" photos"):
        try:
            pixels = preprocess(path.read_bytes(), size)
        except (BadImage, OSError):
            continue
        yield name, pixels


def _words(name: str) -> set[str]:
    """The words of a class's name, each also without a plural's s."""
    words = re.findall(r"[^\W_]+", caseless(name))
    return {form for word in words for form in (word, word.removesuffix("s"))}


def _inside_package(name: str) -> Path | None:
    """The file, or None: a later version of a package may lack it, and a long training is not to end for that."""
    package, _, file = name.partition("/")
    spec = find_spec(package)  # does not import it, which would take seconds
    folders = spec.submodule_search_locations if spec else None
    path = Path(folders[0], file) if folders else None
    return path if path and path.is_file() else None
