"""One small pipeline from photos to exported file, run once and shared by many tests."""

import runpy
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
import torch

from model.evaluate.evaluation import evaluate_checkpoint
from model.export.model_file import export
from model.params import ExportParams, PrepareParams, TrainParams
from model.prepare.arrays import prepare
from model.teach.ask import ask
from model.train.fit import finish, fit
from tests.unit.photos import write_easy_photos

torch.set_num_threads(1)  # the same order of additions, however busy the machine

PREPARE = PrepareParams(size=48, validation=0.2, test=0.2)
Command = Callable[..., str]  # the fixture `command`
TRAIN = TrainParams(crop=32, size=48, epochs=4, batch_size=8, learning_rate=0.003, averaging=0.8)


@pytest.fixture(scope="session")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of 72 photos that are easy to tell apart."""
    folder = tmp_path_factory.mktemp("photos")
    write_easy_photos(folder, 72)
    return folder


@pytest.fixture(scope="session")
def prepared(photos: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of model.prepare, made of them."""
    out = tmp_path_factory.mktemp("work") / "prepared"
    prepare(photos, out, PREPARE)
    return out


@pytest.fixture(scope="session")
def trained(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with best.pt, last.pt and history.csv."""
    out = tmp_path_factory.mktemp("train")
    fit(prepared, out, TRAIN)
    finish(out)
    return out


@pytest.fixture(scope="session")
def answers(trained: Path, prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of model.teach: what the trained network answers about two views of each photo."""
    out = tmp_path_factory.mktemp("answers")
    ask(trained / "best.pt", prepared, out, replace(TRAIN, views=2), torch.device("cpu"))
    return out


@pytest.fixture(scope="session")
def evaluated(trained: Path, photos: Path, prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with metrics.json and the rest of the report."""
    out = tmp_path_factory.mktemp("work") / "evaluation"
    evaluate_checkpoint(trained / "best.pt", photos, prepared, out, ExportParams(PREPARE.size))
    return out


@pytest.fixture(scope="session")
def exported(trained: Path, evaluated: Path, prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An exported model."""
    out = tmp_path_factory.mktemp("work") / "model.pt"
    export(trained / "best.pt", evaluated / "metrics.json", prepared, out)
    return out


def run_command(monkeypatch: pytest.MonkeyPatch, name: str, *args: object) -> str:
    """Runs a command of model/ by its name, as `python -m` does.

    Returns what it says when it fails, or an empty text.
    """
    monkeypatch.setattr(sys, "argv", [name, *map(str, args)])
    try:
        runpy.run_module(f"model.{name}", run_name="__main__", alter_sys=True)
    except SystemExit as stop:
        return str(stop.code)
    return ""


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch) -> Command:
    """`run_command`, for one test."""
    return partial(run_command, monkeypatch)
