"""What a container may use is read from the manifests."""

import pytest
import yaml

from hack.delivery.command import CommandError
from hack.delivery.container import INFERENCESERVICE, Limits
from tests.unit.delivery.clones import PROJECT

MANIFEST = """spec:
  containers:
    - name: judge
      resources:
        limits:
          cpu: 10m
          memory: 1Mi
    - name: kserve-container
      resources:
        requests:
          cpu: 1
          memory: 1Mi
        limits:
          # a comment
          cpu: {cpu}
          memory: {memory}
    - name: another
      resources:
        limits: {{cpu: 3, memory: 3Mi}}
"""


def test_the_limits_of_the_project() -> None:
    text = (PROJECT / INFERENCESERVICE).read_text()
    containers = yaml.safe_load(text)["spec"]["predictor"]["containers"]
    (server,) = [one["resources"]["limits"] for one in containers if one["name"] == "kserve-container"]
    limits = Limits(text)
    assert f"{limits.memory / 2**20:g}Mi" == server["memory"]
    assert f"{limits.cpus:g}" == server["cpu"]


@pytest.mark.parametrize(("cpu", "cpus"), [('"2"', 2), ("1500m", 1.5), ("0.5", 0.5)])
@pytest.mark.parametrize(("memory", "count"), [("1792Mi", 1792 * 2**20), ("2G", 2 * 10**9), ("'1000'", 1000)])
def test_quantities(cpu: str, cpus: float, memory: str, count: int) -> None:
    limits = Limits(MANIFEST.format(cpu=cpu, memory=memory))
    assert (limits.cpus, limits.memory) == (cpus, count)


@pytest.mark.parametrize(
    "text",
    ["", MANIFEST.format(cpu="two", memory="1Mi"), MANIFEST.format(cpu="2", memory="1Zi"),
     MANIFEST.replace("kserve-container", "server").format(cpu="2", memory="1Mi"),
     "  - name: kserve-container\n    image: a\n  - name: judge\n    limits:\n      cpu: 1\n      memory: 1Mi\n"],
)  # fmt: skip
def test_no_limits(text: str) -> None:
    with pytest.raises(CommandError, match="states no limits of cpu and memory for kserve-container"):
        Limits(text)
