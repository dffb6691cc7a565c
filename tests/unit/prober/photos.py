"""Labelled photos as the prober's pod has them, and its metrics as Prometheus reads them."""

import base64
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from hack.delivery.labelled import find_photos
from hack.live.prober_photos import choose, configmap
from prober.metrics import Metrics
from tests.unit.smoke.stand_in import StandIn

PROJECT = Path(__file__).resolve().parents[3]


def bring(folder: Path, server: StandIn, count: int, size: int = 10, wrong: int = 0) -> None:
    """Labelled photos as the ConfigMap is mounted; the server gets the first cats wrong."""
    source = folder.parent / "labelled"
    for label in ("cat", "dog"):
        (source / label).mkdir(parents=True)
        for number in range(count):
            data = f"{label} {number} ".encode().ljust(size, b".")
            (source / label / f"{number:03}.jpg").write_bytes(data)
            cat = float((label == "cat") != (label == "cat" and number < wrong))
            server.answers[data] = {"cat": cat, "dog": 1 - cat}
    mount(configmap(choose(find_photos(source, ("cat", "dog")))), folder)


def mount(content: dict[str, dict[str, str]], folder: Path) -> None:
    folder.mkdir()
    for name, text in content["data"].items():
        (folder / name).write_text(text)
    for name, text in content["binaryData"].items():
        (folder / name).write_bytes(base64.b64decode(text))


def samples(metrics: Metrics | str) -> dict[str, float]:
    """Values by name and labels, as `name{a=b}`."""
    found = {}
    for family in text_string_to_metric_families(str(metrics)):
        for each in family.samples:
            labels = ",".join(f"{name}={value}" for name, value in sorted(each.labels.items()))
            found[each.name + (f"{{{labels}}}" if labels else "")] = each.value
    return found
