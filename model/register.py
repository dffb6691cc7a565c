"""Tells MLflow what became of a training run: its report, its pictures and the exported file, as a new version of the
registered model "catdog". The alias "champion" moves to the version with the best accuracy on the test photos; versions
that were tested on other photos are not compared.
"""

import argparse
import csv
import hashlib
import json
import tempfile
from pathlib import Path
from types import ModuleType
from typing import Any

from model.command import run
from model.contract.errors import Mistake
from model.dataset import load_summary
from model.pictures import draw_curves
from model.tracking import RUN_FILE, connect

MODEL = "catdog"
CHAMPION = "champion"


def register(train: Path, evaluation: Path, prepared: Path, file: Path) -> tuple[str, bool]:
    """Logs the artifacts and registers `file`.

    Args:
        train: folder of model.train.
        evaluation: folder of model.evaluate.
        prepared: folder of model.prepare.
        file: what model.export wrote.

    Returns:
        The number of the version, and whether it is the champion now.

    Raises:
        Mistake: an input is missing, or the store does not know the run.
    """
    run_id, metrics = _read(train / RUN_FILE).strip(), json.loads(_read(evaluation / "metrics.json"))
    summary = load_summary(prepared)
    tags = {
        "sha256": hashlib.sha256(_read_bytes(file)).hexdigest(),
        # versions are compared if they were tested on the same photos
        "test_photos": hashlib.sha256(_test_photos(prepared).encode()).hexdigest()[:12],
        "data": summary["data"],
    }
    mlflow = connect()
    client = mlflow.MlflowClient()
    try:
        with mlflow.start_run(run_id=run_id):
            mlflow.set_tags(tags)
            mlflow.log_metrics({f"test_{name}": value for name, value in metrics["test"].items()})
            mlflow.log_metric("temperature", metrics["temperature"])
            _log_files(mlflow, train, evaluation, file)
    except mlflow.exceptions.MlflowException as error:
        raise Mistake(f"MLflow refused the run {run_id} of {train}: {error.message}") from None
    figures = {name: str(metrics["test"][name]) for name in ("accuracy", "loss")}
    version = _new_version(mlflow, client, run_id, file.name, tags | figures)
    return str(version.version), _crown(mlflow, client, version)


def _log_files(mlflow: ModuleType, train: Path, evaluation: Path, file: Path) -> None:
    with tempfile.TemporaryDirectory() as work:
        with (train / "history.csv").open() as table:
            rows = csv.DictReader(table)
            history = [{name: float(value) for name, value in row.items()} for row in rows]
        draw_curves(history, Path(work) / "curves.png")
        mlflow.log_artifacts(work)
    mlflow.log_artifact(str(train / "history.csv"))
    mlflow.log_artifacts(str(evaluation))
    mlflow.log_artifact(str(file))


def _new_version(mlflow: ModuleType, client: Any, run_id: str, name: str, tags: dict[str, str]) -> Any:
    """A version of the registered model; the one that is there already if the same run gave the same file before."""
    try:
        client.get_registered_model(MODEL)
    except mlflow.exceptions.MlflowException:
        client.create_registered_model(MODEL, description="Tells cats from dogs")
    for version in client.search_model_versions(f"name = '{MODEL}' and run_id = '{run_id}'"):
        if version.tags.get("sha256") == tags["sha256"]:
            return version
    source = f"{client.get_run(run_id).info.artifact_uri}/{name}"
    return client.create_model_version(MODEL, source, run_id=run_id, tags=tags)


def _crown(mlflow: ModuleType, client: Any, version: Any) -> bool:
    """Gives the alias to the version if nobody has it, or if it beats the one that has. Says which has it then."""
    try:
        champion = client.get_model_version_by_alias(MODEL, CHAMPION)
    except mlflow.exceptions.MlflowException:
        champion = None
    if champion is None or better(version.tags, champion.tags):
        client.set_registered_model_alias(MODEL, CHAMPION, version.version)
        return True
    return str(champion.version) == str(version.version)


def better(one: dict[str, str], other: dict[str, str]) -> bool:
    """Whether `one` did better on the same test photos: by accuracy, then by loss (tags of two versions)."""
    if one["test_photos"] != other["test_photos"]:
        return False
    return (float(one["accuracy"]), -float(one["loss"])) > (float(other["accuracy"]), -float(other["loss"]))


def _test_photos(prepared: Path) -> str:
    with (prepared / "manifest.csv").open() as file:
        return "\n".join(sorted(row["sha256"] for row in csv.DictReader(file) if row["split"] == "test"))


def _read_bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        raise Mistake(f"there is no {path}: run the steps before this one first (see dvc.yaml)") from None


def _read(path: Path) -> str:
    return _read_bytes(path).decode()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m model.register", description=__doc__)
    parser.add_argument("train", type=Path, help="folder that model.train wrote")
    parser.add_argument("evaluation", type=Path, help="folder that model.evaluate wrote")
    parser.add_argument("prepared", type=Path, help="folder that model.prepare wrote")
    parser.add_argument("file", type=Path, help="what model.export wrote, such as catdog.pt")
    args = parser.parse_args()
    version, is_champion = register(args.train, args.evaluation, args.prepared, args.file)
    print(f"MLflow: version {version} of {MODEL}" + (f", the {CHAMPION}" if is_champion else f"; the {CHAMPION} stays"))


if __name__ == "__main__":
    run(main)
