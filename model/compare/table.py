"""The table of training runs."""

from datetime import datetime
from typing import TYPE_CHECKING

from model.contract.errors import Mistake
from model.register.registry import CHAMPION
from model.settings import NAME
from model.tracking import connect, without_password

if TYPE_CHECKING:  # slow to import
    from mlflow.entities import Run

PARAMS = ("network", "size", "epochs", "photos_train")
METRICS = ("best_accuracy", "test_accuracy", "test_f1", "test_loss", "test_calibration_error")
HEADER = ("run", "begun", "network", "size", "epochs", "photos", "validation", "test", "f1", "loss", "ece", "version")


def table(limit: int) -> list[tuple[str, ...]]:
    """One row per run, as HEADER says: tested runs first, by test accuracy, then the others, by validation accuracy.

    Args:
        limit: how many runs at most.

    Raises:
        Mistake: the store has no runs.
    """
    mlflow = connect()
    client = mlflow.MlflowClient()
    experiment = client.get_experiment_by_name(NAME)
    runs = client.search_runs([experiment.experiment_id])
    if not runs:
        store = without_password(mlflow.get_tracking_uri())
        raise Mistake(f"no runs in {store}: train first, or name another store in MLFLOW_TRACKING_URI")
    versions: dict[str, str] = {}
    for version in client.search_model_versions(f"name = '{NAME}'"):
        versions[version.run_id] = str(version.version)
    for model in client.search_registered_models(f"name = '{NAME}'"):
        if number := model.aliases.get(CHAMPION):
            champion = client.get_model_version(NAME, number)
            versions[champion.run_id] = f"{number} {CHAMPION}"
    runs.sort(key=_rank, reverse=True)
    return [_row(run, versions.get(run.info.run_id, "")) for run in runs[:limit]]


def _rank(run: "Run") -> tuple[float, float]:
    return run.data.metrics.get("test_accuracy", -1), run.data.metrics.get("best_accuracy", -1)


def _row(run: "Run", version: str) -> tuple[str, ...]:
    begun = datetime.fromtimestamp(run.info.start_time / 1000).strftime("%Y-%m-%d %H:%M")
    params = (run.data.params.get(name, "") for name in PARAMS)
    metrics = (run.data.metrics.get(name) for name in METRICS)
    figures = ("" if figure is None else f"{figure:.4f}" for figure in metrics)
    return run.info.run_name, begun, *params, *figures, version
