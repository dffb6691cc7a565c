"""The pipeline from photos to the file to serve, with three classes and with eight."""

import json
from pathlib import Path

import numpy as np
import pytest

from model.contract.exported import check_golden, load_exported
from model.evaluate.evaluation import evaluate_checkpoint
from model.export.model_file import export
from model.fetch.sources import fetch
from model.params import ExportParams, PrepareParams, TrainParams
from model.prepare.arrays import prepare
from model.show.description import describe
from model.train.fit import fit

SIZE = 32
PREPARE = PrepareParams(size=SIZE, validation=0.2, test=0.2)
TRAIN = TrainParams(crop=SIZE, size=SIZE, epochs=1, batch_size=8, averaging=0.8)


@pytest.mark.parametrize("classes", [3, 8])
def test_the_whole_way(tmp_path: Path, classes: int) -> None:
    photos, prepared, train = (tmp_path / name for name in ("photos", "prepared", "train"))
    fetch("sample", photos, 30 * classes, classes)
    prepare(photos, prepared, PREPARE)
    fit(prepared, train, TRAIN)
    evaluation = tmp_path / "evaluation"
    figures = evaluate_checkpoint(train / "best.pt", photos, prepared, evaluation, ExportParams(SIZE))
    assert ("top5_accuracy" in figures["test"]) == (classes > 5)
    json.loads((evaluation / "metrics.json").read_text(), parse_constant=pytest.fail)

    out = tmp_path / "model.pt"
    metadata = export(train / "best.pt", evaluation / "metrics.json", prepared, out)
    assert metadata["classes"] == json.loads((prepared / "summary.json").read_text())["classes"]
    assert metadata["metrics"] == figures["test"]
    model = load_exported(out)
    check_golden(model)
    answers = model.predict(np.zeros((2, SIZE, SIZE, 3), np.uint8))
    assert answers.shape == (2, classes)
    assert f"{classes}: cat, dog, shape-002" in "\n".join(describe(out))
