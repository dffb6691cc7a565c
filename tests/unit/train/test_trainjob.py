"""The command of trainjob.yaml, in two processes that are told what Kubeflow Trainer tells its pods."""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import yaml

from hack.server_process import free_ports
from model.train.checkpoint import load_checkpoint
from tests.unit.conftest import TRAIN

PROJECT = Path(__file__).parents[3]
PARAMS = replace(TRAIN, epochs=1, distillation=0.5, views=2)


def read_job() -> dict[str, Any]:
    objects = yaml.safe_load_all((PROJECT / "model/train/trainjob.yaml").read_text())
    (job,) = [each for each in objects if each["kind"] == "TrainJob"]
    return dict(job["spec"])


def test_processes_that_load_photos_have_shared_memory_in_a_pod_and_in_a_container() -> None:
    """With the 64 MB of a container, DataLoader's processes end by a bus error."""
    (patch,) = read_job()["runtimePatches"]
    (node,) = patch["trainingRuntimeSpec"]["template"]["spec"]["replicatedJobs"]
    pod = node["template"]["spec"]["template"]["spec"]
    (mount,) = [each for each in pod["containers"][0]["volumeMounts"] if each["mountPath"] == "/dev/shm"]
    (volume,) = [each for each in pod["volumes"] if each["name"] == mount["name"]]
    assert volume["emptyDir"] == {"medium": "Memory", "sizeLimit": "2Gi"}
    assert "docker run --shm-size=2g " in (PROJECT / "Dockerfile").read_text()


def test_the_image_has_its_parameters_where_its_head_says() -> None:
    """Below the working folder, because model.train looks there; the command names only what model.train has."""
    dockerfile = (PROJECT / "Dockerfile").read_text()
    head, _, rest = dockerfile.partition("\nARG ")
    training = rest.partition(" AS training\n")[2].partition("\nFROM ")[0]
    assert re.findall(r"^WORKDIR (.*)$", rest, re.MULTILINE) == ["/app"]
    assert "\nCOPY params.yaml .\n" in training
    assert "/app/params.yaml" in head
    assert " ".join(read_job()["trainer"]["args"][:-1]) in head  # without --resume
    assert "\nUSER 65532:65532\n" in training
    assert "The user is 65532," in head


def start(command: list[str], place: Path, variables: dict[str, str]) -> "subprocess.Popen[str]":
    assert command[0] == "torchrun"  # a script that may not be on PATH here; this is the module that it runs
    return subprocess.Popen(
        [sys.executable, "-m", "torch.distributed.run", *command[1:]],
        cwd=place, env=os.environ | variables | {"PYTHONPATH": str(PROJECT), "OMP_NUM_THREADS": "1"},
        text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip


def test_its_command_trains_in_two_nodes(prepared: Path, answers: Path, tmp_path: Path) -> None:
    trainer = read_job()["trainer"]
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
