"""What is asked of one server. Every check returns a few words on what it saw, or raises Failed with the reason."""

import statistics
import time
from collections.abc import Callable, Iterator

from .client import MODEL, PREDICT, Answer, Failed, Server
from .expected import Expected

TOLERANCE = 0.01
SLOW_SECONDS = 0.5  # a photo takes some 15 ms; a node that is starting four pods at once needs up to 20 times that
CALM_SECONDS = 10.0  # for so long a busy node is given another chance

Check = Callable[[Server, Expected], str]


def health(server: Server, expected: Expected) -> str:
    """Ready, and the revision and model that the commit claims."""
    answer = server.ask("GET", MODEL)
    if answer.status != 200:
        raise Failed(f"GET {MODEL} answers {answer.status}, not 200")
    compare_versions(answer.json().get("revision"), answer.json().get("model_version"), expected)
    return f"revision {expected.revision[:12]}, model {expected.model_version}"


def golden(server: Server, expected: Expected) -> str:
    """The answers that the exporter measured, each asked by itself."""
    worst = 0.0
    for number, item in enumerate(expected.goldens, 1):
        answer = predicted(server.predict(item.photo))
        compare_versions(
            answer.headers.get("x-catdog-revision"), answer.headers.get("x-catdog-model-version"), expected
        )
        probabilities = answer.json()["predictions"][0]["probabilities"]
        for name, right in item.probabilities.items():
            off = abs(probabilities.get(name, -1) - right)
            worst = max(worst, off)
            if not off <= TOLERANCE:
                raise Failed(
                    f"golden answer {number} is wrong: {name} {probabilities.get(name)}, exported as {right:.4f}"
                )
    return f"{len(expected.goldens)} answers as exported, worst difference {worst:.4f}"


def shape(server: Server, expected: Expected) -> str:
    """Two photos in one request give two answers of the agreed form, in order."""
    items = expected.goldens[:2]
    predictions = predicted(server.predict(*(item.photo for item in items))).json().get("predictions")
    if not isinstance(predictions, list) or len(predictions) != len(items):
        raise Failed(f"{len(items)} photos gave {predictions!r:.80}")
    for prediction, item in zip(predictions, items, strict=True):
        try:
            probabilities = prediction["probabilities"]
            agreed = (
                prediction["label"] == max(probabilities, key=probabilities.get)
                and abs(prediction["confidence"] - max(probabilities.values())) < 1e-6
                and abs(sum(probabilities.values()) - 1) < 1e-3
                and all(abs(probabilities[name] - right) <= TOLERANCE for name, right in item.probabilities.items())
            )
        except (KeyError, TypeError, ValueError):
            agreed = False
        if not agreed:
            raise Failed(f"label, confidence and probabilities do not fit together: {prediction!r:.120}")
    return f"{len(items)} photos, {len(items)} answers, label and confidence fit the probabilities"


def bad_input(server: Server, expected: Expected) -> str:
    """Nonsense is the client's fault: 400 and one JSON sentence."""
    for payload in ({"instances": [{"image": {"b64": "bm90IGEgcGhvdG8="}}]}, {"instances": [{}]}, {"instances": "cat"}):
        answer = server.ask("POST", PREDICT, payload)
        if answer.status != 400 or not isinstance(answer.json(), dict):
            raise Failed(f"bad input {payload!r:.60} answers {answer.status}, not 400")
    return "nonsense is answered with 400 and a reason"


def metrics(server: Server, expected: Expected) -> str:
    """Prometheus can read it, and it has counted something."""
    answer = server.ask("GET", "/metrics")
    samples = [line for line in answer.body.decode(errors="replace").splitlines() if line and not line.startswith("#")]
    counted = [line for line in samples if "_total" in line.split(" ")[0] and float(line.rsplit(" ", 1)[1]) > 0]
    if answer.status != 200 or not counted:
        raise Failed(f"GET /metrics answers {answer.status} with {len(samples)} samples and no counter above zero")
    return f"{len(samples)} samples"


def quick(server: Server, expected: Expected) -> str:
    """The median of five, and another chance while the node is still busy with the rollout."""
    photo, deadline = expected.goldens[0].photo, time.monotonic() + CALM_SECONDS
    while True:
        median = statistics.median(predicted(server.predict(photo)).seconds for _ in range(5))
        if median <= SLOW_SECONDS:
            return f"{median * 1000:.0f} ms a photo (median of 5)"
        if time.monotonic() > deadline:
            raise Failed(
                f"too slow: {median * 1000:.0f} ms a photo, at most {SLOW_SECONDS * 1000:.0f} ms is good enough"
            )


CHECKS: tuple[Check, ...] = (health, golden, shape, bad_input, metrics, quick)


def run_checks(server: Server, expected: Expected) -> Iterator[tuple[str, str, Failed | None]]:
    """Yields (check, what was seen, failure) and goes on after a failure: a table with all of it says more."""
    for check in CHECKS:
        try:
            yield check.__name__, check(server, expected), None
        except Failed as failure:
            yield check.__name__, str(failure), failure


def compare_versions(revision: object, model_version: object, expected: Expected) -> None:
    """The server's own word against the commit's claim."""
    if revision != expected.revision:
        raise Failed(f"the server is of revision {revision}, the commit claims {expected.revision}")
    if model_version != expected.model_version:
        raise Failed(f"the server runs model {model_version}, its image holds {expected.model_version}")


def predicted(answer: Answer) -> Answer:
    """The same answer, if it is a success."""
    if answer.status != 200:
        raise Failed(f"a prediction answers {answer.status}: {answer.body[:120].decode(errors='replace')}")
    return answer
