"""What a person gets to see of a model file."""

from pathlib import Path

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


def test_mistakes(command: Command, tmp_path: Path) -> None:
    assert command("show", tmp_path / "none.pt") == f"error: there is no model file {tmp_path}/none.pt"
    earlier = write_model(tmp_path / "earlier.pt", {"size": 32, "golden": [{"seed": 1}]})
    assert command("show", earlier).startswith(f"error: {earlier} is of an earlier format, which has no golden photos:")
