"""Prints a table of all training runs that MLflow knows, the best first."""

import argparse
from datetime import datetime
from typing import Any

from model.command import run
from model.contract.errors import Mistake
from model.register import CHAMPION, MODEL
from model.tracking import EXPERIMENT, connect

PARAMS = ("network", "size", "epochs", "photos_train")
METRICS = ("best_accuracy", "test_accuracy", "test_f1", "test_loss", "test_calibration_error")
HEADER = ("run", "begun", "network", "size", "epochs", "photos", "validation", "test", "f1", "loss", "ece", "version")


def table(limit: int) -> list[tuple[str, ...]]:
    """One row a run, as HEADER says: those that were tested by test accuracy, then the others by validation accuracy.

    Raises:
        Mistake: no run is known.
    """
    mlflow = connect()
    client = mlflow.MlflowClient()
    experiment = client.get_experiment_by_name(EXPERIMENT)
    runs = client.search_runs([experiment.experiment_id])
    if not runs:
        raise Mistake(
            f"no runs in {mlflow.get_tracking_uri()}: train first, or name another store in MLFLOW_TRACKING_URI"
        )
    versions: dict[str, str] = {}
    for version in client.search_model_versions(f"name = '{MODEL}'"):
        versions[version.run_id] = str(version.version)
    for model in client.search_registered_models(f"name = '{MODEL}'"):
        if number := model.aliases.get(CHAMPION):
            champion = client.get_model_version(MODEL, number)
            versions[champion.run_id] = f"{number} {CHAMPION}"
    runs.sort(key=_merit, reverse=True)
    return [_row(run, versions.get(run.info.run_id, "")) for run in runs[:limit]]


def _merit(run: Any) -> tuple[float, float]:
    return run.data.metrics.get("test_accuracy", -1), run.data.metrics.get("best_accuracy", -1)


def _row(run: Any, version: str) -> tuple[str, ...]:
    begun = datetime.fromtimestamp(run.info.start_time / 1000).strftime("%Y-%m-%d %H:%M")
    params = (run.data.params.get(name, "") for name in PARAMS)
    metrics = (run.data.metrics.get(name) for name in METRICS)
    figures = ("" if figure is None else f"{figure:.4f}" for figure in metrics)
    return run.info.run_name, begun, *params, *figures, version


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m model.compare", description=__doc__)
    parser.add_argument("--limit", type=int, default=20, help="how many runs at most (default: %(default)s)")
    rows = [HEADER, *table(parser.parse_args().limit)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADER))]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


if __name__ == "__main__":
    run(main)
