"""Every check, of a server that is right and of one that is wrong in one way."""

import os
import statistics
import subprocess
import sys
from dataclasses import replace
from typing import Any

import pytest

from model.settings import NAME
from tests.smoke.checks import GATE_CHECKS, POD_CHECKS, golden, quick, run_checks, waiting_factor
from tests.smoke.client import Client, Failed, OutOfTime, Unreachable
from tests.smoke.expected import Expected
from tests.unit.smoke.stand_in import StandIn

NAMES = ["health", "golden", "shape", "bad_input", "metrics", "quick"]


def test_a_good_server(client: Client, expected: Expected) -> None:
    results = list(run_checks(client, expected, POD_CHECKS))
    assert [name for name, _, _ in results] == NAMES == [check.__name__ for check in POD_CHECKS]
    assert (*GATE_CHECKS, quick) == POD_CHECKS  # the gate does not depend on how busy the machine is
    assert [failure for _, _, failure in results] == [None] * len(NAMES)
    seen = {name: seen for name, seen, _ in results}
    assert seen["health"] == f"revision {'1' * 12}, model {expected.model_version}, 2 classes"
    assert seen["golden"] == f"{len(expected.goldens)} answers as exported, worst difference 0.0000"
    assert len(expected.goldens) >= 8
    assert seen["metrics"] == "8 samples"
    assert seen["quick"].endswith(" ms a photo (median of 5)")


SWAPPED = {"probabilities": {"cat": 0.5, "dog": 0.5}}
NEEDED = "process_start_time_seconds 1\nprocess_cpu_seconds_total 1\n"
COUNTED = 'predictor_requests_total{route="predict",code="200"} 1\npredictor_predictions_total{label="cat"} 1\n'
FAULTS: dict[str, tuple[dict[str, Any], set[str], str]] = {
    "not ready": ({"ready": 503}, {"health"}, f"GET /v1/models/{NAME} answers 503, not 200"),
    "another revision": (
        {"revision": "2" * 40},
        {"health", "golden"},
        f"the server is of revision {'2' * 40}, the commit claims {'1' * 40}",
    ),
    "another model": (
        {"model_version": "2" * 12},
        {"health", "golden"},
        f"the server runs model {'2' * 12}, manifests/base/expected.json is of ",
    ),
    "other classes": ({"classes": ["cat", "owl"]}, {"health"}, "the server says its classes are ['cat', 'owl'], manif"),
    "no classes": ({"classes": None}, {"health"}, "the server says its classes are None, manifests/base/"),
    "every prediction fails": ({"predicts": 500}, {"golden", "shape", "metrics", "quick"}, "a prediction answers 500"),
    "wrong probabilities": ({"changes": SWAPPED}, {"golden", "shape"}, "the answer to a golden photo (PNG of"),
    "unknown classes": (
        {"changes": {"probabilities": {"bird": 1.0}}},
        {"golden", "shape"},
        "wrong: cat None, exported",
    ),
    "a number that is too large": (
        {"changes": {"probabilities": {"cat": 10**400, "dog": 0}}},
        {"golden", "shape"},
        "the answer has another form: OverflowError",
    ),
    "one answer too many": ({"surplus": 1}, {"golden", "shape"}, "1 photos gave {'predictions': [{"),
    "label of the other class": ({"changes": {"label": "bird"}}, {"shape"}, "do not fit together: {'label': 'bird'"),
    "confidence of nothing": ({"changes": {"confidence": 0.1}}, {"shape"}, "do not fit together"),
    "a label that is missing": ({"changes": {"confidence": None}}, {"shape"}, "do not fit together"),
    "bad input is accepted": ({"bad_input": 200}, {"bad_input"}, "answers 200, not 400"),
    "nothing was counted": ({"metrics": NEEDED}, {"metrics"}, "GET /metrics counts no request, or no photo, although"),
    "no start": (
        {"metrics": COUNTED + "process_cpu_seconds_total 1\n"},
        {"metrics"},
        "GET /metrics has no process_start_time_seconds",
    ),
    "no processor time": (
        {"metrics": COUNTED + "process_start_time_seconds 1\n"},
        {"metrics"},
        "GET /metrics has no process_cpu_seconds_total",
    ),
    "no metrics": ({"metrics_status": 404}, {"metrics"}, "GET /metrics answers 404, not 200"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault(client: Client, server: StandIn, expected: Expected, fault: str) -> None:
    changes, failing, words = FAULTS[fault]
    for name, value in changes.items():
        setattr(server, name, value)
    failures = {name: str(failure) for name, _, failure in run_checks(client, expected, POD_CHECKS) if failure}
    assert failures.keys() == failing
    assert words in next(iter(failures.values()))


OTHER_FORMS = [b'{"predictions": 1}', b"[]", b"1", b"null", b'{"predictions": [1]}', b'{"predictions": [{}]}', b"{"]


@pytest.mark.parametrize("body", OTHER_FORMS)
def test_answers_of_another_form(client: Client, server: StandIn, expected: Expected, body: bytes) -> None:
    """Whatever JSON a server sends, the table has a line for it."""
    server.body = body
    failures = {name: str(failure) for name, _, failure in run_checks(client, expected) if failure}
    assert failures.keys() == {"golden", "shape"}


@pytest.mark.parametrize("number", [0, 4, 7])
def test_every_golden_photo_is_asked_for(client: Client, server: StandIn, expected: Expected, number: int) -> None:
    """A server that fails for one of them is found out, whichever it is."""
    server.answers[expected.goldens[number].photo] = {"cat": 0.5, "dog": 0.5}
    failures = {name: str(failure) for name, _, failure in run_checks(client, expected) if failure}
    assert expected.goldens[number].what in failures["golden"]


@pytest.mark.parametrize("body", [b"[]", b"1", b'{"revision": 1}'])
def test_a_health_page_of_another_form(client: Client, server: StandIn, expected: Expected, body: bytes) -> None:
    server.status_page = body
    failures = {name: str(failure) for name, _, failure in run_checks(client, expected) if failure}
    assert failures.keys() == {"health"}


def test_the_table_goes_on_after_a_failure(client: Client, server: StandIn, expected: Expected) -> None:
    server.ready = 503
    results = list(run_checks(client, expected, POD_CHECKS))
    assert [(name, failure is None) for name, _, failure in results] == [(name, name != "health") for name in NAMES]
    assert results[0][1] == str(results[0][2])


def test_a_difference_within_the_tolerance(client: Client, server: StandIn, expected: Expected) -> None:
    cat, dog = expected.goldens[0].probabilities
    server.changes = {"probabilities": {"cat": cat - 0.002, "dog": dog + 0.002}}
    first = replace(expected, goldens=expected.goldens[:1])
    assert golden(client, first) == "1 answers as exported, worst difference 0.0020"


def test_a_slow_start_is_measured_again(client: Client, server: StandIn, expected: Expected) -> None:
    server.delays = [0.6, 0.6, 0.6]
    assert quick(client, expected).endswith(" ms a photo (median of 5)")
    assert server.delays == []


@pytest.mark.skipif(sys.platform != "linux", reason="processes are kept on one core by Linux")
def test_a_busy_node_gets_more_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Others take the CPU from the server as from the gate, which measures how much."""
    monkeypatch.setattr("tests.smoke.checks.SPIN_SECONDS", 0.05)
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})
    spinning = "import time; end = time.monotonic() + 20\nwhile time.monotonic() < end: pass"
    others = [subprocess.Popen([sys.executable, "-c", spinning]) for _ in range(5)]
    try:
        factors = [waiting_factor() for _ in range(9)]
    finally:
        for other in others:
            other.kill()
            other.wait()
        os.sched_setaffinity(0, cores)
    assert statistics.median(factors) > 2


def test_too_slow(client: Client, server: StandIn, expected: Expected, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.smoke.checks.RETRY_SECONDS", 0.0)
    monkeypatch.setattr("tests.smoke.checks.SLOW_SECONDS", 0.01)
    server.delays = [0.5, 0.5, 0.5]
    with pytest.raises(Failed, match=r"^too slow: \d+ ms a photo, at most \d+ ms is good enough"):
        quick(client, expected)


def test_silence_ends_the_checks(server: StandIn, expected: Expected) -> None:
    server.delays = [5]
    with pytest.raises(Unreachable, match=rf"^golden: no answer to POST /v1/models/{NAME}:predict: TimeoutError"):
        list(run_checks(Client(server.url, timeout=0.3), expected))
    with pytest.raises(OutOfTime):
        list(run_checks(Client(server.url, until=0), expected))
