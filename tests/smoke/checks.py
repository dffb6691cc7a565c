"""The checks of one server. Each returns a few words on what it saw, or raises Failed with the reason."""

import math
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from .client import MODEL, PREDICT, Client, Failed, Response, Unreachable
from .expected import EXPECTED, WRITER, Expected
from .golden import GoldenPhoto
from .readings import CLAIMED, ask_samples, read_metrics, values_of

CHECK_SECONDS = 60  # for all checks of one server: it may take long for each answer
SLOW_SECONDS = 0.25  # a photo takes some 15 ms on a node that has nothing else to do
RETRY_SECONDS = 10.0  # how long the speed is measured again
SPIN_SECONDS = 0.01  # of CPU time: long enough to be interrupted where others want the CPU

BAD_PAYLOADS: tuple[dict[str, Any], ...] = (
    {"instances": [{"image": {"b64": "bm90IGEgcGhvdG8="}}]},  # base64 of "not a photo"
    {"instances": [{}]},
    {"instances": "cat"},
)

Check = Callable[[Client, Expected], str]


def health(client: Client, expected: Expected) -> str:
    """Ready, and the revision, model and classes that the commit claims."""
    response = client.send("GET", MODEL)
    if response.status != 200:
        raise Failed(f"GET {MODEL} answers {response.status}, not 200")
    status = response.json()
    compare_versions(status.get("revision"), status.get("model_version"), expected)
    if status.get("classes") != list(expected.classes):
        raise Failed(f"the server says its classes are {status.get('classes')!r:.80}, {EXPECTED} has others")
    return f"revision {expected.revision[:12]}, model {expected.model_version}, {len(expected.classes):,} classes"


def golden(client: Client, expected: Expected) -> str:
    """The answers that the exporter measured, one request for each golden photo."""
    worst = max(check_answer(client.predict(item.photo), [item], expected) for item in expected.goldens)
    return f"{len(expected.goldens)} answers as exported, worst difference {worst:.4f}"


def check_answer(response: Response, items: Sequence[GoldenPhoto], expected: Expected) -> float:
    """The largest difference of the probabilities in the answer to a request with these golden photos.

    Raises:
        Failed: they are beyond the tolerance, or the server is not what the commit claims.
        AttributeError, TypeError, ValueError, ArithmeticError: the answer has another form.
    """
    require_success(response)
    headers = response.headers
    compare_versions(headers.get("x-model-revision"), headers.get("x-model-version"), expected)
    worst = 0.0
    for prediction, item in zip(predictions_of(response, len(items)), items, strict=True):
        probabilities = prediction["probabilities"]
        found = in_order(probabilities, expected)
        if (wrong := item.wrong_class(found)) is not None:
            name, right = expected.classes[wrong], item.probabilities[wrong]
            seen = f"{name} {probabilities.get(name)}, exported as {right:.4f}"
            raise Failed(f"the answer to a golden photo ({item.what}) is wrong: {seen}")
        worst = max(worst, *item.differences(found))
    return worst


def shape(client: Client, expected: Expected) -> str:
    """Two photos in one request give two answers of the agreed form, in order."""
    items = expected.goldens[:2]
    predictions = predictions_of(require_success(client.predict(*(item.photo for item in items))), len(items))
    for prediction, item in zip(predictions, items, strict=True):
        try:
            probabilities = prediction["probabilities"]
            agreed = (
                probabilities[prediction["label"]] > max(probabilities.values()) - 2e-6  # they are rounded
                and abs(prediction["confidence"] - max(probabilities.values())) < 1e-6
                and abs(sum(probabilities.values()) - 1) < 1e-3
                and item.wrong_class(in_order(probabilities, expected)) is None
            )
        except (AttributeError, LookupError, TypeError, ValueError, ArithmeticError):
            agreed = False
        if not agreed:
            raise Failed(f"label, confidence and probabilities do not fit together: {prediction!r:.120}")
    return f"{len(items)} photos, {len(items)} answers, label and confidence fit the probabilities"


def bad_input(client: Client, expected: Expected) -> str:
    """Bad input is answered with 400 and a JSON object; where there are keys, whoever has none gets 401."""
    if client.key_file:
        status = replace(client, key_file="").predict(expected.goldens[0].photo).status
        if status != 401:
            raise Failed(f"a prediction without a key answers {status}, not 401")
    for payload in BAD_PAYLOADS:
        response = client.send("POST", PREDICT, payload)
        if response.status != 400 or not isinstance(response.json(), dict):
            raise Failed(f"bad input {payload!r:.60} answers {response.status}, not 400")
    return "bad input is answered with 400 and a reason" + (", no key with 401" if client.key_file else "")


def metrics(client: Client, expected: Expected) -> str:
    """Prometheus can read the metrics, those are there that the bake needs, and requests have been counted."""
    samples = ask_samples(client)
    reading = read_metrics(client)
    if reading.requests.total == 0 or reading.photos == 0:
        raise Failed("GET /metrics counts no request, or no photo, although photos were sent")
    for claimed in values_of(samples, CLAIMED):
        if expected.accuracy is not None and abs(claimed - expected.accuracy) > 1e-6:
            says = (
                f"the server's model file claims an accuracy of {claimed:.4f}, {EXPECTED} says {expected.accuracy:.4f}"
            )
            raise Failed(f"{says}: {WRITER} {expected.revision} writes it anew")
    return f"{len(samples)} samples"


def quick(client: Client, expected: Expected) -> str:
    """The median of five predictions is fast enough, as much longer as this node lets everybody wait."""
    photo, deadline = expected.goldens[0].photo, time.monotonic() + RETRY_SECONDS
    while True:
        rounds = [(require_success(client.predict(photo)).seconds, waiting_factor()) for _ in range(5)]
        median, factor = (statistics.median(values) for values in zip(*rounds, strict=True))
        limit = SLOW_SECONDS * factor
        if median <= limit:
            return f"{median * 1000:.0f} ms a photo (median of 5)"
        if time.monotonic() > deadline:
            raise Failed(f"too slow: {median * 1000:.0f} ms a photo, at most {limit * 1000:.0f} ms is good enough here")


def waiting_factor() -> float:
    """How many times as long as its CPU time some work takes here: 1 where no other process wants the CPU."""
    begin, used = time.perf_counter(), time.process_time()
    while time.process_time() - used < SPIN_SECONDS:
        pass
    return max(1.0, (time.perf_counter() - begin) / (time.process_time() - used))


GATE_CHECKS: tuple[Check, ...] = (health, golden, shape, bad_input, metrics)  # no time in them: nodes may be busy
POD_CHECKS: tuple[Check, ...] = (*GATE_CHECKS, quick)


def run_checks(
    client: Client, expected: Expected, checks: Sequence[Check] = GATE_CHECKS
) -> Iterator[tuple[str, str, Failed | None]]:
    """Yields (name of the check, what was seen, failure or None); goes on after a failure, for a whole table.

    Raises:
        Unreachable: the server does not answer at all.
        OutOfTime: the client has no more time.
    """
    for check in checks:
        try:
            yield check.__name__, check(client, expected), None
        except Unreachable as silence:
            raise Unreachable(f"{check.__name__}: {silence}") from None
        except Failed as failure:
            yield check.__name__, str(failure), failure
        except (AttributeError, LookupError, TypeError, ValueError, ArithmeticError) as error:
            seen = another_form(error)
            yield check.__name__, seen, Failed(seen)


def another_form(error: Exception) -> str:
    """What to say of an answer that could not be read."""
    return f"the answer has another form: {type(error).__name__} {error}"[:200]


def compare_versions(revision: object, model_version: object, expected: Expected) -> None:
    """Raises Failed unless the server reports the expected revision and model version."""
    if revision != expected.revision:
        raise Failed(f"the server is of revision {revision!s:.60}, the commit claims {expected.revision}")
    if model_version != expected.model_version:
        raise Failed(
            f"the server runs model {model_version!s:.60}, {EXPECTED} is of {expected.model_version}: "
            f"{WRITER} {expected.revision} writes it anew"
        )


def in_order(probabilities: dict[str, float], expected: Expected) -> list[float]:
    """The probabilities in the order of the model's classes; NaN where there is none."""
    return [probabilities.get(name, math.nan) for name in expected.classes]


def predictions_of(response: Response, count: int) -> list[Any]:
    """Returns the predictions in a response of V1; raises Failed unless there are `count`."""
    answer = response.json()
    predictions = answer.get("predictions") if isinstance(answer, dict) else None
    if not isinstance(predictions, list) or len(predictions) != count:
        raise Failed(f"{count} photos gave {answer!r:.120}")
    return predictions


def require_success(response: Response) -> Response:
    """Returns the response of a prediction; raises Failed if its status is not 200."""
    if response.status != 200:
        raise Failed(f"a prediction answers {response.status}: {response.body[:120].decode(errors='replace')}")
    return response
