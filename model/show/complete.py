"""A model file, with all that a person gets to see of it. A server needs less."""

from pathlib import Path
from typing import NamedTuple

from model.contract.errors import Mistake
from model.contract.golden_photos import GoldenPhoto, read_golden_photos
from model.contract.metadata import Metadata, read_extras, read_metadata
from model.evaluate.answers import Answers
from model.typed import fits


class Complete(NamedTuple):
    """What a model file holds beside the network."""

    metadata: Metadata
    goldens: list[GoldenPhoto]
    answers: Answers


def read_complete(path: Path) -> Complete:
    """Reads what a model file says about itself.

    Raises:
        Mistake: no such file, not an exported model, or one from which something was taken out.
    """
    metadata = read_metadata(path)
    goldens = read_golden_photos(path, metadata)
    if not fits(metadata, Metadata) or not _is_consistent(metadata):
        raise Mistake(f"the metadata in {path} are not all that model.export writes: export it again")
    try:
        (data,) = read_extras(path, [metadata["test"]["answers"]])
        answers = Answers.from_bytes(data)
    except (Mistake, ValueError):
        answers = None
    if answers is None or not answers.fit(len(metadata["classes"])):
        raise Mistake(f"{path} has no answers to test photos: export it again")
    return Complete(metadata, goldens, answers)


def _is_consistent(metadata: Metadata) -> bool:
    histograms = metadata["histograms"]
    bins = len(histograms["confidence"])
    return list(histograms["labels"]) == metadata["classes"] and len(histograms["confidence_edges"]) == bins + 1
