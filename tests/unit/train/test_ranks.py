"""Training with several processes, started by torchrun."""

import csv
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from model.contract.errors import Mistake
from model.train.checkpoint import load_checkpoint
from model.train.fit import fit
from model.train.ranks import Ranks
from model.train.sampler import Sampler
from tests.unit.conftest import TRAIN

PARAMS = "train: {{ crop: 32, size: 48, epochs: {epochs}, batch_size: 16, learning_rate: 0.003, averaging: 0.8 }}"


def start(ranks: int, prepared: Path, out: Path, epochs: int, *options: str) -> "subprocess.Popen[str]":
    """Starts a training beside `out`, with this project's code."""
    params = out.with_suffix(".yaml")
    params.write_text(PARAMS.format(epochs=epochs))
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={ranks}"]
    command += ["-m", "model.train", str(prepared), str(out), "--params", str(params), *options]
    environment = os.environ | {"OMP_NUM_THREADS": "1", "MLFLOW_TRACKING_URI": f"sqlite:///{out}.db"}
    project = Path(__file__).parents[3]
    return subprocess.Popen(
        command, cwd=project, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        start_new_session=True,
    )  # fmt: skip


def history(out: Path) -> list[dict[str, str]]:
    with (out / "history.csv").open() as file:
        return list(csv.DictReader(file))


def test_two_ranks_learn_as_one_does(prepared: Path, tmp_path: Path) -> None:
    """The validation loss is as near to that of one rank as that of another seed is."""
    params = replace(TRAIN, batch_size=16, epochs=8)
    one, other = (fit(prepared, tmp_path / f"seed-{seed}", replace(params, seed=seed))["loss"] for seed in (1, 2))
    training = start(2, prepared, tmp_path / "two", 8)
    said = training.communicate(timeout=120)[0]
    assert training.returncode == 0, said
    assert said.count("validation accuracy") == 1  # the main rank alone speaks
    two = min(float(epoch["validation_loss"]) for epoch in history(tmp_path / "two"))
    assert abs(two - one) < max(0.1, 2 * abs(one - other))
    assert load_checkpoint(tmp_path / "two/best.pt")["classes"] == ["cat", "dog"]


EACH_RANK = """
import sys; from pathlib import Path
import torch
from model.train.ranks import join_ranks
from model.train.trainer import Trainer
from model.train.views import Views
from tests.unit.conftest import TRAIN
prepared, out = map(Path, sys.argv[1:])
with join_ranks(torch.device("cpu")) as ranks:
    trainer = Trainer(TRAIN, Views(prepared, TRAIN), torch.device("cpu"), ranks=ranks)
    metrics = trainer.train_epoch(0)
    torch.save([metrics, dict(trainer.network.named_parameters())], out / f"{ranks.index}.pt")
"""


def test_each_rank_has_the_same_weights_after_an_epoch_and_the_same_metrics(prepared: Path, tmp_path: Path) -> None:
    (tmp_path / "each_rank.py").write_text(EACH_RANK)
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(Path(__file__).parents[3])}
    subprocess.run([*command, tmp_path / "each_rank.py", prepared, tmp_path], env=environment, check=True, timeout=120)
    (metrics, weights), (other_metrics, other_weights) = (torch.load(tmp_path / f"{rank}.pt") for rank in (0, 1))
    assert metrics == other_metrics
    assert all(torch.equal(weights[name], other_weights[name]) for name in weights)


def test_a_rank_gets_two_photos_of_a_batch_or_more() -> None:
    sampler = Sampler(torch.zeros(8, dtype=torch.int64), 1, 0.0)
    assert [len(sampler.batches(4, 0, Ranks(rank, 2))[0]) for rank in (0, 1)] == [2, 2]
    with pytest.raises(Mistake, match=r"3 ranks need 6 photos in a batch of 4"):
        sampler.batches(4, 0, Ranks(0, 3))


def children(process: int) -> list[int]:
    listed = subprocess.run(["pgrep", "-P", str(process)], check=False, capture_output=True, text=True)
    return [int(line) for line in listed.stdout.split()]


def test_a_rank_that_is_killed_ends_all_and_another_number_resumes(prepared: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    training = start(2, prepared, out, 400)
    try:
        deadline = time.monotonic() + 120
        while not (out / "last.pt").exists():
            assert training.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.1)
        os.kill(children(training.pid)[1], signal.SIGKILL)
        said = training.communicate(timeout=60)[0]
    finally:
        if training.poll() is None:
            os.killpg(training.pid, signal.SIGKILL)
    assert training.returncode != 0
    in_finalizers = said.count("Exception ignored in")  # where the signal's exception met one, of any library
    assert said.count("Traceback") == 1 + in_finalizers, said  # torchrun's own
    assert "ChildFailedError" in said
    done = load_checkpoint(out / "last.pt")["epoch"]
    (tmp_path / "out.yaml").unlink()
    resumed = start(1, prepared, out, 400, "--resume")
    try:
        while len(history(out)) < done + 3:
            assert resumed.poll() is None
            time.sleep(0.1)
    finally:
        os.killpg(resumed.pid, signal.SIGTERM)
        said = resumed.communicate(timeout=60)[0]
    assert f"resuming after epoch {done + 1} of" in said
    assert torch.isfinite(torch.tensor(float(history(out)[-1]["validation_loss"])))
