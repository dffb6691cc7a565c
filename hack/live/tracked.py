"""An assessment as a run in MLflow, linked to the version of the registered model that answered."""

from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from model.settings import NAME
from model.tracking import connect, one_sentence

if TYPE_CHECKING:  # slow to import
    from mlflow import MlflowClient
    from mlflow.entities.model_registry import ModelVersion

ASSESSMENTS = f"{NAME}-assessments"  # an experiment of its own: those of NAME are trainings, which can be compared


def record(report: Path, figures: dict[str, Any]) -> str:
    """Logs figures and report as a run, and links run and model version with tags.

    Args:
        report: the folder that `hack/assess` wrote.
        figures: what `Assessment.figures` gave.

    Returns:
        A sentence for people.

    Raises:
        Mistake: MLflow cannot use its store.
    """
    mlflow = connect()
    with one_sentence():
        client = mlflow.MlflowClient()
        version = find_version(client, figures["model_version"])
        tags = {name: figures[name] for name in ("revision", "model_version", "photos_sha256", "url")}
        if version:
            tags |= {"registered_version": str(version.version), "training_run": version.run_id or ""}
        name = f"assess {figures['model_version']}"
        with mlflow.start_run(experiment_id=find_experiment(mlflow), run_name=name, tags=tags) as run:
            mlflow.log_params({"photos": figures["photos"], "folder": figures["folder"]})
            mlflow.log_metrics(figures["metrics"] | {"unsure": figures["unsure"], "refused": figures["refused"]})
            mlflow.log_metrics({f"latency_{name}_ms": value for name, value in figures["latency_ms"].items()})
            mlflow.log_artifacts(str(report))
        if version is None:
            return f"MLflow: run {run.info.run_id}; no version of {NAME} has the file {figures['model_version']}"
        accuracy = f"{figures['metrics']['accuracy']:.4f}"
        for tag, value in {"assessed_accuracy": accuracy, "assessed_by_run": run.info.run_id}.items():
            client.set_model_version_tag(NAME, str(version.version), tag, value)
    return f"MLflow: run {run.info.run_id}, of version {version.version} of {NAME}"


def find_version(client: "MlflowClient", model_version: str) -> "ModelVersion | None":
    """The newest version of the registered model whose file has this hash, of which a server tells the start."""
    versions = client.search_model_versions(f"name = '{NAME}'")
    same = [each for each in versions if each.tags.get("sha256", "").startswith(model_version)]
    return max(same, key=lambda each: int(each.version), default=None)


def find_experiment(mlflow: ModuleType) -> str:
    """The id of the experiment of assessments, which is made where it is missing: artifacts beside the trainings'."""
    if found := mlflow.get_experiment_by_name(ASSESSMENTS):
        return str(found.experiment_id)
    trainings = mlflow.get_experiment_by_name(NAME).artifact_location
    location = trainings if trainings.startswith("file:") else None
    return str(mlflow.create_experiment(ASSESSMENTS, artifact_location=location))
