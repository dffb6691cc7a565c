"""The model in this repository, as a clone serves it."""

import re
import time
from pathlib import Path

import pytest
import torch

from model.contract.exported import ExportedModel, check_golden, load_exported
from model.params import load_params

FORWARD_MS = 1.2  # per image, batch 8, one thread, on the machine of the README
GUARD = 5  # other machines are slower, and busy


@pytest.fixture(scope="module")
def file(pytestconfig: pytest.Config) -> Path:
    path = pytestconfig.rootpath / "model.pt"
    if not path.exists():
        pytest.skip("model.pt is not in this working copy: dvc repro makes it")
    return path


@pytest.fixture(scope="module")
def shipped(file: Path) -> ExportedModel:
    return load_exported(file)


def test_it_is_small_enough_for_git(file: Path) -> None:
    assert file.stat().st_size <= 6_000_000


def test_it_answers_as_it_did_when_it_was_exported(shipped: ExportedModel) -> None:
    check_golden(shipped)


def test_golden_answers_would_show_exchanged_classes(shipped: ExportedModel) -> None:
    assert shipped.classes == ("cat", "dog")
    assert shipped.metadata["told_apart"] == 1
    for golden in shipped.goldens:
        assert golden.wrong_class(golden.probabilities[::-1]) is not None
    labels = {max((0, 1), key=golden.probabilities.__getitem__) for golden in shipped.goldens}
    assert labels == {0, 1}


def test_it_is_of_a_commit(shipped: ExportedModel) -> None:
    assert re.fullmatch(r"[0-9a-f]{40}", shipped.metadata["revision"])
    assert shipped.metadata["changed"] == []


def test_it_was_made_with_the_shipped_parameters(shipped: ExportedModel, pytestconfig: pytest.Config) -> None:
    assert shipped.size == load_params(pytestconfig.rootpath / "params.yaml").export.size


def test_it_says_how_good_it_is(shipped: ExportedModel) -> None:
    assert shipped.metadata["metrics"]["accuracy"] >= 0.9
    assert len(shipped.metadata["data"]) == 64
    assert shipped.metadata["test"]["photos"] >= 1000


def test_it_is_quick(shipped: ExportedModel) -> None:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    batch = torch.zeros(8, 3, shipped.size, shipped.size, dtype=torch.uint8)
    try:
        with torch.inference_mode():
            for _ in range(5):  # the first calls compile
                shipped.script(batch)
            times = []
            for _ in range(20):
                start = time.perf_counter()
                shipped.script(batch)
                times.append(time.perf_counter() - start)
    finally:
        torch.set_num_threads(threads)
    assert min(times) / 8 * 1000 <= FORWARD_MS * GUARD
