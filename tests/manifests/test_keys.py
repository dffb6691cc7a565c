"""Keys for predictions: a part that a team adds, and that changes nothing where it does not."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from .conftest import copy, kustomize, render, with_components
from .test_judge import containers, pods
from .test_prober import pod as prober_pod

Objects = list[dict[str, Any]]


def kinds(objects: Objects) -> list[tuple[str, str]]:
    return sorted((each["apiVersion"].rpartition("/")[0], each["kind"]) for each in objects)


@pytest.fixture(scope="module")
def keyed() -> Objects:
    return list(yaml.safe_load_all(with_components("manifests/production", "keys")))


def test_without_a_component_nothing_changes(manifests: Objects) -> None:
    assert with_components("manifests/production") == kustomize(Path(copy().name, "manifests/production"))
    for spec, container in zip(pods(manifests)[:1] * 2 + pods(manifests)[1:], containers(manifests), strict=True):
        assert "keys" not in {volume["name"] for volume in spec["volumes"]}
        assert "SERVING_KEY_FILE" not in {variable["name"] for variable in container.get("env", [])}
        assert not any("keys" in argument for argument in container.get("args", []))


def check_mount(spec: dict[str, Any], container: dict[str, Any]) -> None:
    """The Secret is where the variable says; a container that lacks it says so itself."""
    (volume,) = [each for each in spec["volumes"] if each["name"] == "keys"]
    assert volume == {"name": "keys", "secret": {"secretName": "catdog-keys", "optional": True}}
    (mount,) = [each for each in container["volumeMounts"] if each["name"] == "keys"]
    assert mount == {"name": "keys", "mountPath": "/keys", "readOnly": True}  # a subPath would never change


def test_server_judge_and_smoke_test_get_the_keys(keyed: Objects, manifests: Objects) -> None:
    server, judge, smoke = containers(keyed)
    for spec, container in zip(pods(keyed)[:1] * 2 + pods(keyed)[1:], (server, judge, smoke), strict=True):
        check_mount(spec, container)
    assert [each["name"] for each in (server, judge, smoke)] == ["kserve-container", "judge", "smoke"]
    assert server["args"] == [*containers(manifests)[0]["args"], "--keys_file=/keys/keys"]
    for container in (judge, smoke):
        assert {"name": "SERVING_KEY_FILE", "value": "/keys/keys"} in container["env"]


def test_of_all_else_nothing_changes(keyed: Objects, manifests: Objects) -> None:
    """What policy-git.yaml asks of the judge and of the smoke test stays as it is, too."""
    assert kinds(keyed) == kinds(manifests)
    for before, after in zip(containers(manifests), containers(keyed), strict=True):
        assert {**before, "args": 0, "env": 0, "volumeMounts": 0} == {**after, "args": 0, "env": 0, "volumeMounts": 0}
    judge, smoke = containers(keyed)[1:]
    assert "args" not in judge
    assert "args" not in smoke
    others = ("InferenceService", "Job")
    assert [o for o in keyed if o["kind"] not in others] == [o for o in manifests if o["kind"] not in others]


def test_the_prober_gets_a_key() -> None:
    text = with_components("manifests/monitoring", "keys")
    prober = list(yaml.safe_load_all(text))
    spec, container = prober_pod(prober)
    check_mount(spec, container)
    assert {"name": "SERVING_KEY_FILE", "value": "/keys/keys"} in container["env"]
    assert kinds(prober) == kinds(render("manifests/monitoring"))
