"""An exported file, read back: its golden answers, its version, and files that are refused."""

import json
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch

from model.contract.errors import Mistake
from model.contract.exported import ExportedModel, check_golden, load_exported
from model.contract.golden import golden_image, golden_png
from model.contract.metadata import Golden, model_version
from model.contract.preprocess import preprocess
from model.export.frozen import freeze
from model.train.network import build
from tests.unit.conftest import PREPARE

SIZE = PREPARE.size


def test_golden_answers_hold_for_images_sent_as_files(exported: Path) -> None:
    model = load_exported(exported)
    for golden in model.metadata["golden"]:
        pixels = preprocess(golden_png(golden["seed"], SIZE), SIZE)
        assert np.array_equal(pixels, golden_image(golden["seed"], SIZE))
        assert model.predict(pixels[None])[0] == pytest.approx(golden["probabilities"], abs=1e-4)


def test_a_wrong_golden_answer_is_noticed(exported: Path) -> None:
    model = load_exported(exported)
    check_golden(model)
    first = model.metadata["golden"][0]
    swapped: Golden = {"seed": first["seed"], "probabilities": first["probabilities"][::-1]}
    with pytest.raises(Mistake):
        check_golden(ExportedModel(model.script, model.metadata | {"golden": [swapped]}))


def test_the_version_is_the_hash_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"abc")
    assert model_version(tmp_path / "file") == "ba7816bf8f01"  # FIPS 180-2, appendix B.1


@pytest.mark.parametrize("content", [b"", b"words", b"PK\3\4" + bytes(200)])
def test_files_that_are_not_exported_models(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "catdog.pt").write_bytes(content)
    with pytest.raises(Mistake, match=r"is not a model that model\.export wrote"):
        load_exported(tmp_path / "catdog.pt")


def test_torchscript_without_metadata(tmp_path: Path) -> None:
    frozen = freeze(build("compact").eval(), 1.0, 32)
    with pytest.warns((FutureWarning, DeprecationWarning), match="torch"):
        torch.jit.save(frozen, str(tmp_path / "other.pt"))
    with pytest.raises(Mistake, match=r"is not a model that model\.export wrote"):
        load_exported(tmp_path / "other.pt")


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(Mistake, match="there is no model file"):
        load_exported(tmp_path / "none.pt")


def test_metadata_without_torchscript(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "other.pt", "w") as archive:
        archive.writestr("other/extra/metadata.json", json.dumps({"size": 32, "golden": [{}]}))
    with pytest.raises(Mistake, match=r"is not a model that model\.export wrote"):
        load_exported(tmp_path / "other.pt")
