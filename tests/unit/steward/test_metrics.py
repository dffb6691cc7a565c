"""What the steward tells of itself, asked over HTTP as the kubelet and Prometheus do."""

import time
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest

from argocd.steward.metrics import SILENCE_SECONDS, Metrics, serve


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


@pytest.fixture
def address(metrics: Metrics) -> Iterator[str]:
    with serve(metrics, 0) as port:
        yield f"http://127.0.0.1:{port}"


def ask(address: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(address, timeout=10) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def values(address: str) -> dict[str, float]:
    """The figures by their names, as Prometheus reads them."""
    lines = [line for line in ask(f"{address}/metrics")[1].splitlines() if not line.startswith("#")]
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}


def test_it_is_alive_while_rounds_end(metrics: Metrics, address: str) -> None:
    assert ask(f"{address}/healthz") == (200, "ok\n")
    metrics.last_round -= SILENCE_SECONDS + 1
    assert ask(f"{address}/healthz") == (503, f"no round has ended for {SILENCE_SECONDS} s\n")
    metrics.count_round()
    assert ask(f"{address}/healthz")[0] == 200


def test_figures(metrics: Metrics, address: str) -> None:
    for _ in range(3):
        metrics.count_round()
    metrics.count_error()
    metrics.count_conflict()
    metrics.count_decision("superseded")
    metrics.count_decision("superseded")
    metrics.count_decision("rollout-failed")
    metrics.is_rollout_failing = True
    found = values(address)
    assert time.time() - 30 < found.pop("predictor_steward_last_round_timestamp_seconds") <= time.time()
    assert found == {
        "predictor_steward_rounds_total": 3,
        "predictor_steward_api_errors_total": 1,
        "predictor_steward_conflicts_total": 1,
        'predictor_steward_decisions_total{kind="superseded"}': 2,
        'predictor_steward_decisions_total{kind="rollout-failed"}': 1,
        "predictor_steward_rollout_failing": 1,
        "predictor_steward_proven": 0,
    }


def test_anything_else_is_not_found(address: str) -> None:
    assert ask(f"{address}/")[0] == 404
