"""What a model file says, as lines of text."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

from model.command import printable
from model.contract.errors import some
from model.contract.golden_photos import GoldenPhoto
from model.contract.metadata import Histograms, Metadata, model_version
from model.show.complete import read_complete

SHOWN = 12  # classes that are listed
BAR = 40  # characters
WIDTH = 22  # of a name
Section = tuple[str, Iterable[str]]


def describe(file: Path) -> Iterator[str]:
    """The lines that show a model file to a person; what cannot be printed in them is escaped.

    Raises:
        Mistake: as `read_complete`.
    """
    metadata, goldens, _ = read_complete(file)
    sections: tuple[Section, ...] = (
        (f"{file}, {file.stat().st_size / 1e6:.1f} MB, model version {model_version(file)}", _overview(metadata)),
        ("training", _table(metadata["training"])),
        ("test figures", _figures(metadata)),
        ("golden photos, and the answers that were measured", _goldens(metadata, goldens)),
        ("predicted classes of the test photos", _labels(metadata["histograms"])),
        ("confidence of the test photos", _confidence(metadata["histograms"])),
    )
    for number, (title, lines) in enumerate(sections):
        yield from [""] * (number > 0)
        yield printable(title)
        yield from (f"  {printable(line)}" for line in lines)


def _overview(metadata: Metadata) -> Iterator[str]:
    classes, network, size = metadata["classes"], metadata["network"], metadata["size"]
    changed = f", with changes in {', '.join(metadata['changed'])}" if metadata["changed"] else ""
    yield from _table(
        {
            "classes": f"{len(classes):,}: {some(classes, SHOWN)}",
            "network": f"{network['name']}, {network['parameters']:,} parameters",
            "input": f"uint8 [N, 3, {size}, {size}] RGB",
            "data": metadata["data"],
            "revision": metadata["revision"] + changed,
        }
    )


def _figures(metadata: Metadata) -> Iterator[str]:
    test = metadata["test"]
    yield from _table({"photos": f"{test['photos']:,}, sha256 over theirs {test['sha256']}"})
    yield from _table({name.replace("_", " "): f"{value:.4f}" for name, value in metadata["metrics"].items()})
    yield from metadata["notes"]


def _goldens(metadata: Metadata, goldens: list[GoldenPhoto]) -> Iterator[str]:
    for number, golden in enumerate(goldens, 1):
        best = max(range(len(golden.probabilities)), key=golden.probabilities.__getitem__)
        kind = f"{number:2}  {golden.what:30} {len(golden.photo):7,} bytes"
        tolerance = f"±{golden.tolerance['probability']:g}, × {golden.tolerance['factor']:.3g}"
        yield f"{kind}  {metadata['classes'][best]} {golden.probabilities[best]:.4f} {tolerance}"
        yield f"    {golden.tolerance['reason']}"
    yield f"{metadata['told_apart']:.2%} of all exchanges of two classes would be noticed"


def _labels(histograms: Histograms) -> Iterator[str]:
    counts = histograms["labels"]
    frequent = sorted(counts, key=lambda name: -counts[name])[:SHOWN]
    shown = {name: counts[name] for name in (counts if len(counts) <= SHOWN else frequent)}
    yield from _bars(shown)
    if len(counts) > SHOWN:
        never = sum(count == 0 for count in counts.values())
        yield f"and {len(counts) - SHOWN:,} more classes; {never:,} were never predicted"


def _confidence(histograms: Histograms) -> Iterator[str]:
    edges = histograms["confidence_edges"]
    names = [f"{low:g} to {high:g}" for low, high in pairwise(edges)]
    yield from _bars(dict(zip(names, histograms["confidence"], strict=True)))


def _bars(counts: Mapping[str, int]) -> Iterator[str]:
    most = max([1, *counts.values()])
    for name, count in counts.items():
        yield f"{name[:WIDTH]:{WIDTH}} {count:9,} {'█' * round(count / most * BAR)}".rstrip()


def _table(values: Mapping[str, Any]) -> Iterator[str]:
    for name, value in values.items():
        text = ", ".join(f"{key} {_number(part)}" for key, part in value.items()) if isinstance(value, dict) else value
        yield f"{name:{WIDTH}} {text}"


def _number(value: Any) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)
