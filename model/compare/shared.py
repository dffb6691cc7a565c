"""Which test photos two models can be compared on, although a file keeps only the answers with the lowest hashes."""

from typing import NamedTuple

from model.evaluate.answers import MOST_ANSWERS


class Kept(NamedTuple):
    """The test photos that a model file has answers to: all of them, or those with the lowest hashes."""

    classes: dict[bytes, str]  # the right class, by the photo's sha256
    photos: int  # test photos that there were

    @classmethod
    def of_photos(cls, classes: dict[bytes, str]) -> "Kept":
        """Those that the file of a model keeps that is tested on all these photos."""
        return cls({key: classes[key] for key in sorted(classes)[:MOST_ANSWERS]}, len(classes))

    @property
    def is_whole(self) -> bool:
        """Whether no photo had to be left out."""
        return self.photos <= len(self.classes)


class Shared(NamedTuple):
    """What two models share, of which the other one is the measure."""

    sha256: list[bytes]  # of the photos that both have, in one class
    relabelled: int  # photos that both have, in two classes: they say nothing about the models
    possible: int  # photos of the other one that are low enough for the one to keep, if it was tested on them
    is_cut: bool  # whether the other one had more test photos than those


def share(one: Kept, other: Kept) -> Shared:
    """Finds what they share, in the order of the hashes.

    Two files that had to leave out photos keep different ones, and that says nothing about the photos of their models.
    So photos above the highest hash of a file that is not whole count for neither of them.
    """
    both = one.classes.keys() & other.classes.keys()
    same = sorted(key for key in both if one.classes[key] == other.classes[key])
    highest = max(one.classes, default=b"")
    possible = len(other.classes) if one.is_whole else sum(key <= highest for key in other.classes)
    return Shared(same, len(both) - len(same), possible, possible < other.photos)
