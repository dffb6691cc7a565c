"""What the model file says beside the network, read without torch: a TorchScript file is a zip archive."""

import hashlib
import json
import os
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NotRequired, TypedDict, cast

from model.contract.classes import check_classes
from model.contract.errors import Mistake

NAME = "metadata.json"  # of TorchScript's extra file
FORMAT = 1  # of the metadata; a file with another one is refused
# of the histogram of confidences, and of the server's metric; each bin has its upper edge in it
CONFIDENCE_EDGES = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 0.999, 1.0)
LARGEST_SIZE = 4096  # side of an input, in pixels


class OtherFormat(Mistake):
    """The file is an exported model, of an earlier or a later format."""


class Tolerance(TypedDict):
    """How far an answer may be off, and why so far."""

    probability: float  # the difference of each probability
    factor: float  # and, for those that are not very small, their ratio
    reason: str


class Golden(TypedDict):
    """A drawn photo, whose bytes are in the extra file `file`, and the exporter's answer to it."""

    file: str
    what: str  # what kind of photo it is, for people
    probabilities: list[float]  # in the order of the classes
    tolerance: Tolerance


class Network(TypedDict):
    """The network's name in params.yaml, and the number of its parameters."""

    name: str
    parameters: int


class Tested(TypedDict):
    """Which photos the metrics were measured on; each one's answer is in the extra file `answers`."""

    photos: int
    sha256: str  # over the sorted sha256 of all of them
    answers: str


class Histograms(TypedDict):
    """What the model answered to the test photos; a server that answers otherwise sees other photos."""

    labels: dict[str, int]  # photos by predicted class
    confidence_edges: list[float]
    confidence: list[int]  # photos between one edge and the next


class Unsure(TypedDict):
    """Which answers are marked as unsure, and what that does to the test photos."""

    below: float  # confidence
    answered: float  # share of the photos whose answer is not marked
    accuracy: float  # of those
    interval: list[float]  # 95 % interval of that accuracy: low, high


class Metadata(TypedDict):
    """What model.export writes into the file."""

    format: int  # FORMAT
    classes: list[str]  # in the order of the outputs
    size: int  # side of the input, in pixels
    network: Network
    training: dict[str, Any]  # parameters, the split's shares and sizes, the temperature
    data: str  # hash of the photos and their classes
    revision: str  # commit of the code that exported; "unknown" outside git
    changed: list[str]  # files of that code that were not as in the commit
    metrics: dict[str, float]  # on the test split
    unsure: NotRequired[Unsure]  # files of before mark no answer
    notes: list[str]  # what there is to know about the metrics
    test: Tested
    golden: list[Golden]
    told_apart: float  # share of the pairs of classes whose swap the golden answers would show
    histograms: Histograms


def read_metadata(path: Path) -> Metadata:
    """Reads the metadata that model.export wrote into the file.

    Raises:
        Mistake: no such file, or not an exported model.
        OtherFormat: an exported model of an earlier or a later format.
    """
    (text,) = read_extras(path, [NAME])
    try:
        metadata = json.loads(text)
    except ValueError:
        metadata = None
    if isinstance(metadata, dict) and metadata.get("golden") and "format" not in metadata:
        raise OtherFormat(
            f"{path} is of an earlier format, which has no golden photos: write it anew (python -m model.export), or "
            "use it with the commit that wrote it"
        )
    if isinstance(metadata, dict) and metadata.get("format", FORMAT) != FORMAT:
        raise OtherFormat(f"{path} is of another format than {FORMAT}, which this commit reads: use a later commit")
    if not _is_complete(metadata):
        raise _not_exported(path)
    return cast("Metadata", metadata)


def read_extras(path: Path, names: Iterable[str]) -> list[bytes]:
    """The content of the file's extra files of these names.

    Raises:
        Mistake: no such file, one that cannot be read, or not an exported model.
    """
    with _archive(path) as archive:
        members = {name.partition("/extra/")[2]: name for name in archive.namelist()}
        return [archive.read(members[name]) for name in names]


def check_whole(path: Path) -> None:
    """Compares all that is in the file with its checksums, which torch does not do.

    Raises:
        Mistake: as `read_extras`, or the file is damaged.
    """
    with _archive(path) as archive:
        if name := archive.testzip():
            raise Mistake(f"{path} is damaged, in {name!a}: copy it again, or write it anew (python -m model.export)")


@contextmanager
def _archive(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        if path.is_dir():
            raise Mistake(f"{path} is a folder: name a model file")
        if not path.is_file():
            raise Mistake(f"there is no model file {path}")
        with zipfile.ZipFile(path) as archive:
            yield archive
    except PermissionError as error:
        raise Mistake(f"the model file {path} cannot be read: {os.strerror(error.errno or 0)}") from None
    except (OSError, EOFError, KeyError, RuntimeError, ValueError, zipfile.BadZipFile, zlib.error):
        raise _not_exported(path) from None


def _not_exported(path: Path) -> Mistake:
    return Mistake(f"{path} is not a model that model.export wrote")


def _is_complete(metadata: Any) -> bool:
    """Whether what a server cannot do without is there: classes, the size of the input, and golden answers."""
    try:
        classes, size, golden = metadata["classes"], metadata["size"], metadata["golden"]
        check_classes(classes)
        return (
            metadata["format"] == FORMAT
            and isinstance(classes, list)
            and type(size) is int
            and 0 < size <= LARGEST_SIZE
            and len(golden) > 0
            and all(_is_golden(each, len(classes)) for each in golden)
        )
    except (KeyError, TypeError, Mistake):
        return False


def _is_golden(golden: Any, count: int) -> bool:
    tolerance, probabilities = golden["tolerance"], golden["probabilities"]
    numbers = [*probabilities, tolerance["probability"], tolerance["factor"]]
    texts = (golden["file"], golden["what"], tolerance["reason"])
    return (
        len(probabilities) == count
        and all(type(number) in (int, float) for number in numbers)
        and tolerance["factor"] > 1
        and all(isinstance(text, str) for text in texts)
    )


def file_sha256(path: Path) -> str:
    """The file's sha256, as 64 hex digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def model_version(path: Path) -> str:
    """First 12 hex digits of the file's sha256."""
    return file_sha256(path)[:12]
