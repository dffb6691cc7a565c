"""What MLflow remembers of a training run."""

import os
import warnings
from dataclasses import asdict
from pathlib import Path
from types import ModuleType

from model.dataset import load_summary
from model.params import Params

EXPERIMENT = "catdog"
DEFAULT_STORE = "sqlite:///mlflow.db"
RUN_FILE = "mlflow-run"  # in the folder of a training run


def connect() -> ModuleType:
    """MLflow, pointed at MLFLOW_TRACKING_URI or at a SQLite file in the working folder."""
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    os.environ.setdefault("MLFLOW_LOGGING_LEVEL", "WARNING")  # else it tells of every table that it makes
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # deprecations within MLflow
        import mlflow  # only here: takes seconds to import

        mlflow.set_tracking_uri(os.environ.get("MLFLOW_TRACKING_URI", DEFAULT_STORE))
        if mlflow.get_experiment_by_name(EXPERIMENT) is None:
            # artifacts beside the store, wherever the command is run from
            local = mlflow.get_tracking_uri().removeprefix("sqlite:///")
            place = None if "://" in local else (Path(local).resolve().parent / "mlartifacts").as_uri()
            mlflow.create_experiment(EXPERIMENT, artifact_location=place)
        mlflow.set_experiment(EXPERIMENT)
    return mlflow


class Tracker:
    """One MLflow run, from the first epoch on; its id stays in `out`/mlflow-run for resuming and for model.register."""

    def __init__(self, out: Path, params: Params, prepared: Path, resume: bool):
        self.out, self.params, self.prepared, self.resume = out, params, prepared, resume

    def __enter__(self) -> "Tracker":
        summary = load_summary(self.prepared)
        self.mlflow = connect()
        id_file = self.out / RUN_FILE
        run_id = id_file.read_text().strip() if self.resume and id_file.exists() else None
        run = self.mlflow.start_run(run_id=run_id)
        id_file.write_text(run.info.run_id + "\n")
        if run_id is None:
            self.mlflow.log_params(asdict(self.params.prepare) | asdict(self.params.train))
            counts = {f"photos_{split}": sum(count.values()) for split, count in summary["splits"].items()}
            self.mlflow.log_params({"data": summary["data"][:12]} | counts)
        return self

    def log_epoch(self, metrics: dict[str, float], epoch: int) -> None:
        """Loss, accuracy, precision, recall, F1 and more, of training and validation."""
        self.mlflow.log_metrics(metrics, step=epoch)

    def log_best(self, metrics: dict[str, float]) -> None:
        """The validation metrics of the best epoch."""
        self.mlflow.log_metrics({f"best_{name}": value for name, value in metrics.items()})

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self.mlflow.end_run("FINISHED" if kind is None else "FAILED")
