"""Labelled photos: what an image says about photos whose class a person knows, compared with the version before."""

import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from hack.delivery.chance import SIGNIFICANT, at_most, interval, p_worse
from hack.delivery.command import CommandError, say
from tests.smoke.client import Client, Failed
from tests.smoke.expected import CLAIMS, Claims, some

SUFFIXES = {".jpg", ".jpeg", ".png", ".webp"}
AT_ONCE = 4  # requests: as many as keep the two CPUs of a pod busy
FORM = "It needs one folder for each class, with photos in it: FOLDER/CLASS/*.jpg"


@dataclass(frozen=True)
class Photo:
    """A photo, and the class that a person gave it."""

    path: Path
    label: str


def find_photos(folder: Path, classes: Sequence[str]) -> list[Photo]:
    """Returns the labelled photos of a folder, FOLDER/CLASS/*.jpg, in a fixed order.

    Args:
        folder: where they are; names that begin with a dot are not looked at.
        classes: those of the model, in any order.

    Raises:
        CommandError: there is no such folder, it has other classes, or a class without photos.
    """
    if not folder.is_dir():
        raise CommandError(f"there is no folder {folder} of labelled photos", FORM)
    found = {path.name: path for path in sorted(folder.iterdir()) if path.is_dir() and path.name[0] != "."}
    if not found:
        raise CommandError(f"{folder} has no folders of classes", FORM)
    for names, words in (
        ([name for name in found if name not in classes], "a folder that is no class of the model"),
        ([name for name in classes if name not in found], "no folder of the class"),
    ):
        if names:
            raise CommandError(f"{folder} has {words}: {some(names)}", FORM)
    photos = []
    for name, path in found.items():
        files = [file for file in sorted(path.iterdir()) if file.suffix.lower() in SUFFIXES and file.name[0] != "."]
        if not files:
            raise CommandError(f"{path} has no photos: {', '.join(sorted(SUFFIXES))}", FORM)
        photos += [Photo(file, name) for file in files]
    return photos


def ask_all(url: str, photos: Sequence[Photo], asked: Callable[[Client, Photo], str] | None = None) -> list[str]:
    """Asks a server about each photo, by `ask` if nothing else is said, and returns the labels of its answers.

    Raises:
        CommandError: a photo cannot be read or is refused, or the server does not answer as agreed.
    """
    labels = []
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for label in pool.map(partial(asked or ask, Client(url)), photos):
            labels.append(label)
            show_progress(len(labels), len(photos))
    return labels


def ask(client: Client, photo: Photo) -> str:
    """The label that a server gives one photo; raises as `ask_all`."""
    try:
        response = client.predict(photo.path.read_bytes())
        answer = response.json()
        if response.status == 200:
            return str(answer["predictions"][0]["label"])
        raise CommandError(f"{photo.path} is refused: {response.status} {answer['error']}")
    except OSError as error:
        raise CommandError(f"{photo.path} cannot be read: {error.strerror}") from None
    except (Failed, LookupError, TypeError) as failure:
        why = failure if isinstance(failure, Failed) else "the answer has another form"
        raise CommandError(f"no label of {photo.path}: {why}") from None


def ask_tolerantly(client: Client, photo: Photo) -> str:
    """The same of a version that is only compared with: what it refuses is an answer that is wrong."""
    try:
        return ask(client, photo)
    except CommandError:
        return ""


def show_progress(done: int, total: int, what: str = "photos") -> None:
    """Says on a terminal how many are done; elsewhere nothing."""
    if sys.stderr.isatty():
        print(f"\r{done:,} of {total:,} {what}", end="\n" if done == total else "", file=sys.stderr, flush=True)


def judge(photos: Sequence[Photo], labels: Sequence[str], claims: Claims) -> None:
    """Says how accurate the labels are.

    Raises:
        CommandError: less than people ask for, beyond chance (exact binomial test, one-sided).
    """
    right, total = count_right(photos, labels), len(photos)
    low, high = interval(right, total)
    asked = f"{CLAIMS} asks for at least {percent(claims.least_accuracy)}"
    measured = f"accuracy {percent(right / total)} (measured: {right:,} of {total:,} labelled photos"
    say(f"{measured}; 95 % interval {percent(low)} to {percent(high)}); {asked}")
    p = at_most(right, total, claims.least_accuracy)
    if p < SIGNIFICANT:
        raise CommandError(f"the image is less accurate than it must be, beyond chance (p = {p:.3g}): {asked}")


def compare(photos: Sequence[Photo], new: Sequence[str], old: Sequence[str], revision: str) -> None:
    """Says how often two versions agree.

    Args:
        photos: that both were asked about.
        new: the labels of the image.
        old: the labels of the version that main runs.
        revision: of that version.

    Raises:
        CommandError: the image is worse beyond chance (McNemar's exact test, one-sided).
    """
    total, same = len(photos), sum(one == other for one, other in zip(new, old, strict=True))
    right = count_right(photos, old)
    say(
        f"{revision[:12]}, which main runs: accuracy {percent(right / total)} (measured: {right:,} of {total:,}); "
        f"both say the same of {same:,} ({percent(same / total)})"
    )
    triples = list(zip(photos, new, old, strict=True))
    new_alone = sum(one == photo.label != other for photo, one, other in triples)
    old_alone = sum(other == photo.label != one for photo, one, other in triples)
    p = p_worse(new_alone, old_alone)
    if p < SIGNIFICANT:
        raise CommandError(
            f"the image is worse than what main runs, beyond chance (p = {p:.3g}): it alone gets {new_alone:,} "
            f"labelled photos right, {revision[:12]} alone {old_alone:,}"
        )


def count_right(photos: Sequence[Photo], labels: Sequence[str]) -> int:
    """How many labels are those that people gave."""
    return sum(photo.label == label for photo, label in zip(photos, labels, strict=True))


def percent(share: float) -> str:
    """A share as people read it."""
    return f"{share:.2%}".replace("%", " %")
