"""MLflow: where its store is, and the run that a training logs to."""

import os
import re
import sqlite3
import warnings
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from types import ModuleType

from model.contract.errors import Mistake
from model.output import whole_file
from model.params import TrainParams
from model.prepare.summary import load_summary
from model.settings import NAME

DEFAULT_STORE = "sqlite:///mlflow.db"
TABLES = {"alembic_version", "experiments", "runs", "metrics", "params", "tags"}  # in stores of all versions of MLflow
RUN_FILE = "mlflow-run"  # in the folder of a training run
# MLflow asks a server that is gone for four minutes: right in the middle of a training, and not at its beginning
IMPATIENT = {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2", "MLFLOW_HTTP_REQUEST_TIMEOUT": "30"}


def connect() -> ModuleType:
    """The module mlflow, set to the store or server in MLFLOW_TRACKING_URI or to a SQLite file in the working folder.

    Raises:
        Mistake: that file is there and is not MLflow's, or MLflow cannot use the store.
    """
    address = os.environ.get("MLFLOW_TRACKING_URI") or DEFAULT_STORE
    if file := re.fullmatch(r"sqlite(?:\+\w+)?:///([^?]+).*", address):
        _check_store(Path(file[1]))
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    os.environ.setdefault("MLFLOW_LOGGING_LEVEL", "WARNING")  # else it logs every table that it creates
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # deprecations within MLflow
        import mlflow  # only here: takes seconds to import
        from sqlalchemy.exc import SQLAlchemyError

        try:
            with _impatient():
                _use_store(mlflow, address)
        except (mlflow.exceptions.MlflowException, SQLAlchemyError) as error:
            store = without_password(address)
            raise Mistake(f"MLflow cannot use the store {store} of MLFLOW_TRACKING_URI: {_why(error)}") from None
    return mlflow


@contextmanager
def one_sentence() -> Iterator[None]:
    """Makes a Mistake of what a store says that has gone, or refuses something, after `connect` has found it.

    Raises:
        Mistake: with the reason.
    """
    try:
        yield
    except Mistake:
        raise
    except Exception as error:
        from mlflow.exceptions import MlflowException  # only here: takes seconds to import
        from requests import RequestException  # of artifacts
        from sqlalchemy.exc import SQLAlchemyError

        if not isinstance(error, MlflowException | RequestException | SQLAlchemyError):
            raise
        raise Mistake(f"MLflow's store fails: {_why(error)}; run the same again when it answers") from None


def without_password(text: str) -> str:
    """A text for a log, without the name and password that an address in it may have."""
    return re.sub(r"//[^/@\s]*@", "//", text)


def _why(error: Exception) -> str:
    return without_password(str(error).partition("\n")[0])


@contextmanager
def _impatient() -> Iterator[None]:
    """Gives up after seconds, unless the environment says how often to try."""
    ours = {name: value for name, value in IMPATIENT.items() if name not in os.environ}
    os.environ.update(ours)
    try:
        yield
    finally:
        for name in ours:
            del os.environ[name]


def _use_store(mlflow: ModuleType, address: str) -> None:
    mlflow.set_tracking_uri(address)
    if mlflow.get_experiment_by_name(NAME) is None:
        # artifacts beside the store, whatever the working folder
        store = mlflow.get_tracking_uri().removeprefix("sqlite:///")
        location = None if "://" in store else (Path(store).resolve().parent / "mlartifacts").as_uri()
        mlflow.create_experiment(NAME, artifact_location=location)
    mlflow.set_experiment(NAME)


def _check_store(file: Path) -> None:
    """Raises a Mistake for somebody else's file or data base: MLflow would make its tables in it."""
    if not file.exists() or (file.is_file() and file.stat().st_size == 0):
        return
    try:
        # immutable: reads what is in the file, and makes and rolls back nothing beside it
        with closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro&immutable=1", uri=True)) as store:
            tables = {name for (name,) in store.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    except sqlite3.Error:
        tables = set()
    if not tables >= TABLES:
        raise Mistake(f"{file} is not a store of MLflow: name another file, MLFLOW_TRACKING_URI=sqlite:///FILE")


class Tracker:
    """The MLflow run of a training. Its id is in `out`/mlflow-run, for resuming and for model.register.

    Args:
        out: folder of the training run.
        params: logged with the run.
        prepared: folder of model.prepare, whose summary is logged.
        resume: continue the run whose id is in `out`.
    """

    def __init__(self, out: Path, params: TrainParams, prepared: Path, resume: bool):
        self.out, self.params, self.prepared, self.resume = out, params, prepared, resume

    def __enter__(self) -> "Tracker":
        summary = load_summary(self.prepared)
        self.mlflow = connect()
        id_file = self.out / RUN_FILE
        run_id = id_file.read_text().strip() if self.resume and id_file.exists() else None
        with one_sentence():
            run = self.mlflow.start_run(run_id=run_id)
        with whole_file(id_file) as work:
            work.write_text(run.info.run_id + "\n")
        if run_id is None:
            params = asdict(self.params)
            params["classes"] = len(summary["classes"])  # MLflow takes no long texts, and 1,000 names are one
            counts = {f"photos_{split}": sum(count.values()) for split, count in summary["splits"].items()}
            with one_sentence():
                self.mlflow.log_params(params)
                self.mlflow.log_params({"data": summary["data"][:12]} | counts)
        return self

    def log_epoch(self, metrics: dict[str, float], epoch: int) -> None:
        """Logs the metrics of an epoch, of training and validation."""
        with one_sentence():
            self.mlflow.log_metrics(metrics, step=epoch)

    def log_best(self, metrics: dict[str, float]) -> None:
        """Logs the validation metrics of the best epoch."""
        with one_sentence():
            self.mlflow.log_metrics({f"best_{name}": value for name, value in metrics.items()})

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            with one_sentence():
                self.mlflow.end_run("FINISHED")
            return
        with suppress(Mistake), one_sentence(), _impatient():  # the first failure is the one to tell
            self.mlflow.end_run("FAILED")
