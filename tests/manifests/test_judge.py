"""The judge of every pod and the smoke test: not the image that they judge, with code and expectations from git."""

import json
import re
import subprocess
from typing import Any

import pytest
import yaml

from hack.delivery.expected import EXPECTED, expected_text
from hack.delivery.git import WorkingCopy
from model.settings import parse_settings
from tests.smoke import pod, probe
from tests.smoke.expected import CLAIMS, compare_claims, read_claims, read_expected

from .conftest import PROJECT, SETTINGS, find, render

Objects = list[dict[str, Any]]
SETTING = re.compile(r"\$\(([A-Z_]+)\)")
CONFIGMAP_BYTES = 2**20  # Kubernetes takes no more in one


def pods(manifests: Objects) -> tuple[dict[str, Any], dict[str, Any]]:
    """The pods of the service and of the smoke test."""
    service, job = find(manifests, "InferenceService"), find(manifests, "Job", "catdog-smoke")
    return service["spec"]["predictor"], job["spec"]["template"]["spec"]


def containers(manifests: Objects) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """Server, judge and smoke test."""
    (server, judge), (smoke,) = [each["containers"] for each in pods(manifests)]
    return server, judge, smoke


def configmap(manifests: Objects, name: str) -> dict[str, Any]:
    """The ConfigMap of this name, whatever hash is behind it."""
    found: dict[str, Any]
    is_it = re.compile(rf"{name}(-[0-9a-z]{{10}})?")
    (found,) = [o for o in manifests if o["kind"] == "ConfigMap" and is_it.fullmatch(o["metadata"]["name"])]
    return found


def filled_in(text: str) -> str:
    """As kustomize makes it of a file with settings."""
    settings = parse_settings(SETTINGS)
    return SETTING.sub(lambda found: settings.get(found[1], found[0]), text)


def environment(container: dict[str, Any]) -> dict[str, str]:
    return {variable["name"]: variable["value"] for variable in container.get("env", [])}


def test_both_run_the_stewards_image(manifests: Objects, argocd: Objects) -> None:
    """One that is here whatever is wrong with catdog's own; a digest is the same everywhere."""
    (steward,) = find(argocd, "Deployment", "catdog-steward")["spec"]["template"]["spec"]["containers"]
    server, judge, smoke = containers(manifests)
    assert judge["image"] == smoke["image"] == steward["image"] != server["image"]
    assert re.fullmatch(r"python:[\w.-]+@sha256:[0-9a-f]{64}", judge["image"])


def test_the_local_cluster_takes_the_image_that_this_machine_can_have(manifests: Objects) -> None:
    """hack/up writes another reference for the steward's image, wherever it stands."""
    kustomize = find(render("argocd/local"), "Application")["spec"]["source"]["kustomize"]
    assert kustomize["images"] == [containers(manifests)[1]["image"]]


def test_both_are_told_which_image_the_commit_names(manifests: Objects) -> None:
    server, judge, smoke = containers(manifests)
    assert environment(judge) == {"SERVING_EXPECTED_IMAGE": server["image"], "SERVING_NAME": "catdog"}
    assert environment(smoke)["SERVING_EXPECTED_IMAGE"] == server["image"]
    assert environment(server) == {}  # it is asked, and knows nothing of what it should say


@pytest.mark.parametrize("number", [0, 1], ids=["pod", "smoke test"])
def test_code_and_expectations_are_mounted_where_they_are_looked_for(manifests: Objects, number: int) -> None:
    spec, container = pods(manifests)[number], containers(manifests)[number + 1]
    assert container["command"][:4] == ["python", "-B", "-m", "smoke"]
    assert "args" not in container
    mounted = {mount["mountPath"]: mount["name"] for mount in container["volumeMounts"]}
    for name, path in {"catdog-judge": "smoke", "catdog-expected": "expected"}.items():
        volume = mounted[f"{container['workingDir']}/{path}"]
        (source,) = [each["configMap"] for each in spec["volumes"] if each["name"] == volume]
        assert source["name"] == configmap(manifests, name)["metadata"]["name"]
        assert source["name"] != name, "without a hash, pods of the version before would get what this one expects"


def test_nothing_is_missing_in_the_configmaps(manifests: Objects) -> None:
    expected = {
        "catdog-judge": sorted((PROJECT / "tests/smoke").glob("*.py")),
        "catdog-expected": [PROJECT / EXPECTED, PROJECT / CLAIMS],
        "catdog-golden": [PROJECT / EXPECTED],
        "catdog-smoke-job": [PROJECT / "manifests/base/smoke-job.yaml", PROJECT / "manifests/base/kustomization.yaml"],
    }
    for name, files in expected.items():
        content = configmap(manifests, name)
        assert content["data"] == {file.name: filled_in(file.read_text()) for file in files}
        assert len(json.dumps(content).encode()) < CONFIGMAP_BYTES
    assert len([o for o in manifests if o["kind"] == "ConfigMap"]) == len(expected)


def test_the_pod_is_ready_by_its_judge(manifests: Objects) -> None:
    predictor, (server, judge, _) = pods(manifests)[0], containers(manifests)
    assert (server["name"], judge["name"]) == ("kserve-container", "judge")
    assert judge["command"][4:] == ["pod", f"http://127.0.0.1:{server['ports'][0]['containerPort']}"]
    assert judge["ports"] == [{"name": "judge", "containerPort": pod.PORT, "protocol": "TCP"}]
    assert judge["readinessProbe"]["httpGet"] == {"path": probe.PATH, "port": pod.PORT, "scheme": "HTTP"}
    assert "livenessProbe" not in judge  # it ends by itself, and a server that it has refused gets no second chance
    assert judge["terminationMessagePolicy"] == "FallbackToLogsOnError"
    (state,) = [mount["name"] for mount in judge["volumeMounts"] if mount["mountPath"] == str(pod.Places().state)]
    assert {"name": state, "emptyDir": {"sizeLimit": "1Mi"}} in predictor["volumes"]


def test_no_commit_can_leave_the_judge_out(manifests: Objects, argocd: Objects) -> None:
    """The policy names what the manifests have."""
    spec = find(argocd, "ValidatingAdmissionPolicy", "catdog-git")["spec"]
    (rule,) = [rule for rule in spec["validations"] if "judges" in rule["expression"]]
    _, judge, _ = containers(manifests)
    asked = judge["readinessProbe"]["httpGet"]
    for part in (f"== {judge['command']}", f"== '{asked['path']}'", f"== '{asked['port']}'"):
        assert part in rule["expression"]
    (variable,) = [variable for variable in spec["variables"] if variable["name"] == "judges"]
    assert f"== '{judge['name']}'" in variable["expression"]
    assert "Nothing disappears by a commit" in rule["message"]
    assert "Nothing disappears by a commit" in (PROJECT / "README.md").read_text()


def test_the_smoke_test_is_the_hook_that_green_waits_for(manifests: Objects) -> None:
    job = find(manifests, "Job", "catdog-smoke")
    assert job["metadata"]["annotations"]["argocd.argoproj.io/hook"] == "PostSync"
    (smoke,) = job["spec"]["template"]["spec"]["containers"]
    assert smoke["command"][4:] == ["service", "http://catdog-predictor.catdog"]


def test_the_model_file_claims_what_people_ask_for() -> None:
    folder = (PROJECT / EXPECTED).parent
    claims = read_claims(folder)
    assert claims.least_accuracy == 0.95
    assert "(claimed)" in compare_claims(read_expected(folder, "0" * 40), claims)


def test_what_is_expected_is_of_the_released_commits_model() -> None:
    kustomization = yaml.safe_load((PROJECT / "manifests/base/kustomization.yaml").read_text())
    revision = kustomization["images"][0]["newTag"].partition("@")[0]
    has_it = ["git", "-C", str(PROJECT), "cat-file", "-e", f"{revision}^{{commit}}"]
    if subprocess.run(has_it, capture_output=True, check=False).returncode:
        pytest.skip(f"{revision} is no commit of this clone")
    assert (PROJECT / EXPECTED).read_text() == expected_text(WorkingCopy(PROJECT), revision), (
        f"python -m hack.delivery.expected {revision} writes it anew"
    )
