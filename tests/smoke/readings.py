"""What a server's metrics say, in Prometheus' text format."""

import math
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from .client import Client, Failed, Unreachable

START, CPU = "process_start_time_seconds", "process_cpu_seconds_total"
PHOTOS, REQUESTS, WAITING = "predictor_predictions_total", "predictor_requests_total", "predictor_queue_depth"
CLAIMED = "predictor_claimed_accuracy"  # older images have none
WORK_SECONDS = 1.0
LEAST_WORK = 0.25  # of a processor: as little as a busy node may leave to a server that needs all of it
PREDICT_ROUTES = {"predict", "infer"}  # V1 and V2; probes and scrapes have others
LINE = re.compile(r"([a-zA-Z_:][\w:]*)(?:\{(.*)\})?[ \t]+(\S+)(?:[ \t]+-?\d+)?[ \t]*", re.ASCII)
LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"', re.ASCII)


class Sample(NamedTuple):
    """One value, and the labels that tell it from others of its name."""

    name: str
    labels: dict[str, str]
    value: float


@dataclass(frozen=True)
class Requests:
    """Predictions that were asked for."""

    total: int = 0
    failed: int = 0
    """Answered with 5xx other than 503."""
    shed: int = 0
    """Answered with 503: the server had more traffic than it can answer, which is no fault of its own."""

    @property
    def answered(self) -> int:
        """All but those that were shed."""
        return self.total - self.shed

    def __add__(self, other: "Requests") -> "Requests":
        return Requests(self.total + other.total, self.failed + other.failed, self.shed + other.shed)

    def __sub__(self, other: "Requests") -> "Requests":
        return Requests(self.total - other.total, self.failed - other.failed, self.shed - other.shed)


@dataclass(frozen=True)
class Reading:
    """What one server has done since it started."""

    start: float
    """When its process started, in seconds of Unix time: no other process of the pod has the same."""
    cpu_seconds: float
    """Processor time of all its threads."""
    photos: int
    """Photos that were predicted."""
    requests: Requests


class Busy(Unreachable):
    """The server is too busy to say its metrics: nothing is known for now."""


def read_metrics(client: Client) -> Reading:
    """Asks a server for its metrics, once.

    Raises:
        Busy: it is too busy.
        Failed: it does not answer, or not with these metrics.
    """
    samples = ask_samples(client)
    try:
        return Reading(
            start=only(samples, START),
            cpu_seconds=only(samples, CPU),
            photos=round(sum(values_of(samples, PHOTOS))),
            requests=sum((requests_of(sample) for sample in samples), Requests()),
        )
    except (ValueError, OverflowError):
        raise Failed("GET /metrics has a counter that is no number") from None


def read_start(client: Client) -> float:
    """Which process answers: when it started, in seconds of Unix time; raises as `read_metrics`."""
    return only(ask_samples(client), START)


def has_much_to_do(client: Client) -> bool:
    """Whether requests of others wait for a server, and it works on them: one that only sleeps is slow by itself."""
    try:
        if not sum(values_of(ask_samples(client), WAITING)):
            return False
        before, begin = read_metrics(client), time.monotonic()
        time.sleep(WORK_SECONDS)
        used = read_metrics(client).cpu_seconds - before.cpu_seconds
        return used >= LEAST_WORK * (time.monotonic() - begin)
    except Busy:
        return True
    except Failed:
        return False


def ask_samples(client: Client) -> list[Sample]:
    """All samples that a server has; raises as `read_metrics`."""
    response = client.send_once("GET", "/metrics")
    if response.status == 503:  # with Retry-After or, where there are too many connections, without
        raise Busy("GET /metrics answers 503: the server is too busy")
    if response.status != 200:
        raise Failed(f"GET /metrics answers {response.status}, not 200")
    return list(parse(response.body.decode(errors="replace")))


def parse(text: str) -> Iterator[Sample]:
    """The samples in Prometheus' text format; raises Failed if a line is none."""
    for line in text.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        try:
            name, labels, value = LINE.fullmatch(line).groups()  # type: ignore[union-attr]
            yield Sample(name, dict(LABEL.findall(labels or "")), float(value))
        except (AttributeError, ValueError):
            raise Failed(f"GET /metrics has a line that is no sample: {line[:80]!r}") from None


def values_of(samples: list[Sample], name: str) -> Iterator[float]:
    """The values of all samples of a name, whatever their labels."""
    return (sample.value for sample in samples if sample.name == name)


def only(samples: list[Sample], name: str) -> float:
    """The value of the one sample of a name; raises Failed if there is not exactly one, or it is no number."""
    values = [value for value in values_of(samples, name) if math.isfinite(value)]
    if len(values) != 1:
        raise Failed(f"GET /metrics has no {name}" if not values else f"GET /metrics has {name} {len(values)} times")
    return values[0]


def requests_of(sample: Sample) -> Requests:
    """What a sample counts of predictions that were asked for; nothing if it counts others."""
    if sample.name != REQUESTS or sample.labels.get("route") not in PREDICT_ROUTES:
        return Requests()
    count, code = round(sample.value), sample.labels.get("code", "")
    return Requests(count, count if code.startswith("5") and code != "503" else 0, count if code == "503" else 0)
