"""The command of trainjob.yaml, in two processes that are told what Kubeflow Trainer tells its pods."""

import os
import shutil
import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path

import yaml

from hack.server_process import free_ports
from model.train.checkpoint import load_checkpoint
from tests.unit.conftest import TRAIN

PROJECT = Path(__file__).parents[3]
PARAMS = replace(TRAIN, epochs=1, distillation=0.5, views=2)


def start(command: list[str], place: Path, variables: dict[str, str]) -> "subprocess.Popen[str]":
    assert command[0] == "torchrun"  # a script that may not be on PATH here; this is the module that it runs
    return subprocess.Popen(
        [sys.executable, "-m", "torch.distributed.run", *command[1:]],
        cwd=place, env=os.environ | variables | {"PYTHONPATH": str(PROJECT), "OMP_NUM_THREADS": "1"},
        text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip


def test_its_command_trains_in_two_nodes(prepared: Path, answers: Path, tmp_path: Path) -> None:
    objects = yaml.safe_load_all((PROJECT / "model/train/trainjob.yaml").read_text())
    (trainer,) = [job["spec"]["trainer"] for job in objects if job["kind"] == "TrainJob"]
    shutil.copytree(prepared, tmp_path / "data/prepared")
    shutil.copytree(answers, tmp_path / "data/answers")
    (tmp_path / "params.yaml").write_text(yaml.safe_dump({"train": asdict(PARAMS)}))
    torch_plugin = {
        "PET_NNODES": str(trainer["numNodes"]),
        "PET_NPROC_PER_NODE": str(trainer["numProcPerNode"]),
        "PET_MASTER_ADDR": "127.0.0.1",
        "PET_MASTER_PORT": str(free_ports(1)[0]),
        "MLFLOW_TRACKING_URI": "sqlite:///runs/mlflow.db",
    }
    command = [*trainer["command"], *trainer["args"]]
    nodes = [start(command, tmp_path, torch_plugin | {"PET_NODE_RANK": str(rank)}) for rank in (0, 1)]
    try:
        first, second = [node.communicate(timeout=240)[0] for node in nodes]
    finally:
        for node in nodes:
            node.kill()
    assert [node.returncode for node in nodes] == [0, 0], first + second
    assert "runs/train/best.pt: validation accuracy" in first
    assert "validation accuracy" not in second  # the main rank alone speaks
    assert load_checkpoint(tmp_path / "runs/train/best.pt")["classes"] == ["cat", "dog"]
