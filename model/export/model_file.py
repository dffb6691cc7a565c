"""The file to serve: the frozen network, and beside it all that serving, proof and comparison need."""

import io
import json
from pathlib import Path

import torch

from model.contract.errors import Mistake
from model.contract.golden_photos import GoldenPhoto
from model.contract.metadata import (
    CONFIDENCE_EDGES,
    FORMAT,
    NAME,
    Golden,
    Histograms,
    Metadata,
    OtherFormat,
    read_metadata,
)
from model.evaluate.answers import ANSWERS, Answers, read_answers
from model.evaluate.figures import Evaluation, check_measured, read_evaluation
from model.export.code import code_revision
from model.export.frozen import freeze, parity, without_deprecations
from model.export.golden_photos import make_golden_photos, share_told_apart
from model.output import new_file
from model.prepare.summary import Summary, load_summary
from model.train.checkpoint import load_checkpoint, load_classes, load_network

MAX_DIFFERENCE = 1e-4


def export(checkpoint: Path, evaluation: Path, prepared: Path, out: Path) -> Metadata:
    """Writes the file to serve.

    Args:
        checkpoint: best.pt of model.train.
        evaluation: metrics.json of model.evaluate, which has the other files of the report beside it.
        prepared: folder of model.prepare.
        out: file to write; one that was exported before is replaced.

    Returns:
        The metadata in the file.

    Raises:
        Mistake: an input is missing, of another training or of other photos, the frozen network differs from the
            trained one, or `out` is something else.
    """
    with new_file(out, is_exported, [checkpoint, evaluation, prepared]) as work:
        figures = read_evaluation(evaluation)
        size, temperature = figures["size"], figures["temperature"]
        answers, summary = read_answers(evaluation.parent / ANSWERS), load_summary(prepared)
        network, classes = load_network(checkpoint), list(load_classes(checkpoint))
        if classes != summary["classes"] or len(answers.label_counts) != len(classes):
            raise Mistake(f"{checkpoint}, the evaluation and the prepared photos are of different classes: train again")
        check_measured(evaluation, figures, checkpoint, classes, summary["data"])
        frozen = freeze(network, temperature, size)
        if (difference := parity(network, temperature, frozen, size)) > MAX_DIFFERENCE:
            raise Mistake(f"the frozen network differs from the trained one by {difference:.1e}: not exported")
        parameters = sum(parameter.numel() for parameter in network.parameters())
        description = _describe(checkpoint, figures, summary, answers, parameters)
        return write_model_file(work, frozen, description, answers)


def write_model_file(file: Path, frozen: torch.jit.ScriptModule, metadata: Metadata, answers: Answers) -> Metadata:
    """Writes the network with its metadata, to which golden photos are added.

    Args:
        file: file to write.
        frozen: the network.
        metadata: all but what is about golden photos.
        answers: to the test photos.
    """
    photos = make_golden_photos(frozen, metadata["size"], len(metadata["classes"]))
    golden = [_golden(name, photo) for name, photo in photos.items()]
    complete: Metadata = {**metadata, "golden": golden, "told_apart": share_told_apart(list(photos.values()))}
    text = json.dumps(complete, allow_nan=False, ensure_ascii=False).encode()
    extras = {NAME: text, ANSWERS: answers.to_bytes(), **{name: photo.photo for name, photo in photos.items()}}
    content = io.BytesIO()  # torch's own writing of files ends the process where the disk is full
    with without_deprecations():
        torch.jit.save(frozen, content, _extra_files=extras)
    file.write_bytes(content.getbuffer())
    return complete


def is_exported(file: Path) -> bool:
    """Whether the file has the metadata that `export` writes, of whatever format."""
    try:
        read_metadata(file)
    except OtherFormat:
        return True
    except Mistake:
        return False
    return True


def histograms_of(answers: Answers, classes: list[str]) -> Histograms:
    """The histograms of label and confidence, of all test photos."""
    return {
        "labels": dict(zip(classes, answers.label_counts.tolist(), strict=True)),
        "confidence_edges": list(CONFIDENCE_EDGES),
        "confidence": answers.confidence_counts.tolist(),
    }


def _describe(checkpoint: Path, figures: Evaluation, summary: Summary, answers: Answers, parameters: int) -> Metadata:
    """All but what is about golden photos."""
    classes, training = figures["classes"], load_checkpoint(checkpoint)["params"]
    revision, changed = code_revision()
    photos = {split: sum(counts.values()) for split, counts in summary["splits"].items()}
    return {
        "format": FORMAT,
        "classes": classes,
        "size": figures["size"],
        "network": {"name": training["network"], "parameters": parameters},
        "training": training | {"size": summary["size"], "temperature": figures["temperature"], "photos": photos},
        "data": summary["data"],
        "revision": revision,
        "changed": changed,
        "metrics": figures["test"],
        "unsure": figures["unsure"],
        "notes": figures.get("notes", []),
        "test": {"photos": answers.photos, "sha256": answers.identity, "answers": ANSWERS},
        "golden": [],
        "told_apart": 0.0,
        "histograms": histograms_of(answers, classes),
    }


def _golden(name: str, photo: GoldenPhoto) -> Golden:
    return {
        "file": name,
        "what": photo.what,
        "probabilities": list(photo.probabilities),
        "tolerance": photo.tolerance,
    }
