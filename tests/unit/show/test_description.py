"""What a person gets to see of a model file."""

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from model.contract.exported import load_exported
from tests.unit.conftest import Command
from tests.unit.predictor.model_files import write_model


def test_everything_is_shown(exported: Path, command: Command, capsys: pytest.CaptureFixture[str]) -> None:
    assert command("show", exported) == ""
    shown = capsys.readouterr().out
    metadata = load_exported(exported).metadata
    for text in (
        "2: cat, dog",
        "compact, 677,890 parameters",
        "learning_rate          0.003",
        metadata["data"],
        metadata["revision"],
        metadata["test"]["sha256"],
        f"accuracy               {metadata['metrics']['accuracy']:.4f}",
        "JPEG with EXIF orientation 6",
        "100.00% of all exchanges",
        "0.999 to 1",
    ):
        assert text in shown
    assert shown.count("bytes  ") == len(metadata["golden"])
    assert "█" in shown


def changed(exported: Path, path: Path, change: Callable[[dict[str, Any]], object], left_out: str = "") -> Path:
    """A copy of an exported file with other metadata, or without a file inside."""
    with zipfile.ZipFile(exported) as source, zipfile.ZipFile(path, "w") as copy:
        for name in source.namelist():
            content = source.read(name)
            if name.endswith("/metadata.json"):
                metadata = json.loads(content)
                change(metadata)
                content = json.dumps(metadata).encode()
            if not name.endswith(left_out or "/nothing"):
                copy.writestr(name, content)
    return path


@pytest.mark.parametrize(
    "change",
    [
        lambda metadata: metadata.update(metrics="good"),
        lambda metadata: metadata.pop("histograms"),
        lambda metadata: metadata["histograms"]["confidence"].pop(),
        lambda metadata: metadata["histograms"]["labels"].pop("cat"),
        lambda metadata: metadata["test"].update(photos="many"),
    ],
)
def test_metadata_that_were_changed(
    exported: Path, command: Command, tmp_path: Path, change: Callable[[dict[str, Any]], object]
) -> None:
    file = changed(exported, tmp_path / "model.pt", change)
    for arguments in (("show", file), ("compare", file, file)):
        assert (
            command(*arguments)
            == f"error: the metadata in {file} are not all that model.export writes: export it again"
        )


def test_answers_that_were_taken_out(exported: Path, command: Command, tmp_path: Path) -> None:
    file = changed(exported, tmp_path / "model.pt", lambda _: None, left_out="/answers.npz")
    assert command("show", file) == f"error: {file} has no answers to test photos: export it again"


def test_nothing_in_a_file_reaches_the_terminal_as_it_is(
    exported: Path, command: Command, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    evil = "\x1b]0;evil\x07\n"

    def change(metadata: dict[str, Any]) -> None:
        metadata["training"] |= {evil: evil, "photos": {evil: evil}}
        metadata["metrics"][evil] = 1
        metadata["network"]["name"] = metadata["revision"] = metadata["data"] = metadata["golden"][0]["what"] = evil
        metadata["notes"] = metadata["changed"] = [evil]

    assert command("show", changed(exported, tmp_path / "model.pt", change)) == ""
    shown = capsys.readouterr().out
    assert all(line.isprintable() for line in shown.split("\n"))
    assert shown.count(r"\x1b]0;evil\x07\n") == 11


def test_mistakes(command: Command, tmp_path: Path) -> None:
    assert command("show", tmp_path / "none.pt") == f"error: there is no model file {tmp_path}/none.pt"
    earlier = write_model(tmp_path / "earlier.pt", {"size": 32, "golden": [{"seed": 1}]})
    assert command("show", earlier).startswith(f"error: {earlier} is of an earlier format, which has no golden photos:")
