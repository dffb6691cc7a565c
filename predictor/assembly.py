"""Builds the server: every piece is made here, and given to those that use it."""

import argparse
from collections.abc import Mapping
from typing import TYPE_CHECKING

import kserve.metrics as sdk_metrics
from kserve.model_server import ModelServer
from prometheus_client import REGISTRY

from model.contract.metadata import read_metadata
from predictor.engine.admission import Admission
from predictor.engine.engine import load_engine
from predictor.http.app import HTTPApp
from predictor.http.body import Bodies
from predictor.http.description import Description
from predictor.http.page import Page
from predictor.http.server import HTTPServer
from predictor.http.try_page.build import TwoPages
from predictor.identity import Identity, read_identity
from predictor.keys import Keys
from predictor.kserve_model import PhotoModel
from predictor.limits import Limits, limits_of
from predictor.server import PredictorServer, ready_line
from predictor.telemetry.kept_folder import KeptFolder
from predictor.telemetry.kept_photos import KeptPhotos
from predictor.telemetry.log_file import LogFile
from predictor.telemetry.metrics import Metrics
from predictor.telemetry.recorder import Recorder
from predictor.telemetry.reference import read_reference
from predictor.telemetry.request_log import RequestLog
from predictor.telemetry.stats import Stats

if TYPE_CHECKING:
    from grpc import aio

# the SDK times the steps of gRPC requests alone; our metrics have those times, of all requests
SDK_METRICS = ("PRE_HIST_TIME", "POST_HIST_TIME", "PREDICT_HIST_TIME", "EXPLAIN_HIST_TIME")


def build_server(args: argparse.Namespace) -> PredictorServer:
    """Loads the model and builds everything around it.

    Args:
        args: the flags of `python -m predictor`.

    Raises:
        Mistake: a limit is not above zero, the keys cannot be read, or the model cannot be served.
    """
    limits = limits_of(args)
    keys = Keys(args.keys_file) if args.keys_file else None
    metrics = Metrics()
    engine = load_engine(args.model_path, limits, metrics, args.threads, args.max_batch)
    admission = Admission(limits, engine.waiting)
    identity = read_identity(args.model_name, args.model_path)
    metrics.observe_model(identity, engine.classes, asks_for_keys=keys is not None)
    REGISTRY.register(read_reference(args.model_path, identity.model_version))
    log = RequestLog(identity, file=_log_file(args, limits, metrics))
    recorder = Recorder(metrics, Stats(identity), log, _kept_photos(args, limits, identity, metrics))

    model = PhotoModel(identity, limits, admission, engine)
    for name in SDK_METRICS:
        REGISTRY.unregister(getattr(sdk_metrics, name))
    sdk = ModelServer(workers=1)
    sdk.register_model(model)

    app = HTTPApp(model, limits, admission, engine, _pages(args, model, limits), Bodies(limits), recorder, keys)
    http = HTTPServer(app, sdk.timeout_keep_alive)

    def make_grpc() -> "aio.Server":
        from predictor.grpc_server import make_grpc_server  # imports grpc, which a server without it is spared

        return make_grpc_server(sdk.dataplane, model, recorder, args.host, sdk.grpc_port, limits, keys)

    make = make_grpc if sdk.enable_grpc else None
    ready = ready_line(args.model_name, not args.no_page) if args.say_ready else ""
    return PredictorServer(engine, args.host, http, sdk.http_port, make, sdk.grpc_port, ready)


def _pages(args: argparse.Namespace, model: PhotoModel, limits: Limits) -> Mapping[str, Page | TwoPages]:
    types = model.get_input_types(), model.get_output_types()
    metadata = read_metadata(args.model_path)
    description = Description(model.identity, metadata, *types, limits, asks_for_keys=bool(args.keys_file))
    return description.pages() if args.no_page else description.pages_with_one_to_try()


def _log_file(args: argparse.Namespace, limits: Limits, metrics: Metrics) -> LogFile | None:
    if not args.log_file:
        return None
    return LogFile(args.log_file, limits.log_file_bytes, limits.log_files, metrics.log_lines_lost)


def _kept_photos(args: argparse.Namespace, limits: Limits, identity: Identity, metrics: Metrics) -> KeptPhotos | None:
    if not args.keep_photos:
        return None
    folder = KeptFolder(args.keep_photos, limits.kept_photos, limits.kept_bytes, limits.kept_days * 86_400)
    return KeptPhotos(folder, identity, metrics)
