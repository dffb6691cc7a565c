"""The triggers say what argocd/steward/application.py says: run by Argo CD's own engine, where its command is here."""

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from argocd.steward.application import ApplicationState, is_reported_failed, is_settled
from argocd.steward.faults import NOT_THE_COMMITS, REFUSAL
from hack.delivery.environments import find_environment
from hack.delivery.statuses import status_context

from .conftest import PROJECT, find, render

OUTCOMES = {"proven": "success", "failed": "failure"}
CONFIG = PROJECT / "argocd/notifications/configmap.yaml"


def test_rollback_listens_to_what_argocd_reports(argocd: list[dict[str, Any]]) -> None:
    settings = find(render("argocd/notifications"), "ConfigMap", "argocd-notifications-cm")["data"]
    metadata = find(argocd, "Application")["metadata"]
    for outcome, state in OUTCOMES.items():
        (trigger,) = yaml.safe_load(settings[f"trigger.on-rollout-{outcome}"])
        (template,) = trigger["send"]
        status = yaml.safe_load(settings[f"template.{template}"])["github"]["status"]
        label = status["label"].replace("{{.app.metadata.name}}", metadata["name"])
        assert (status["state"], label) == (state, "argocd/catdog")
        assert f"notifications.argoproj.io/subscribe.on-rollout-{outcome}.github" in metadata["annotations"]
    workflow = (PROJECT / ".github/workflows/rollback.yml").read_text()
    assert "startsWith(github.event.context, 'argocd/')" in workflow
    application = find_environment("production").application
    assert status_context(application) == status["label"].replace("{{.app.metadata.name}}", application)


SMOKE_TEST = {"kind": "Job", "name": "catdog-smoke", "hookType": "PostSync", "hookPhase": "Succeeded"}
JOB_THAT_IS_NO_HOOK = {"kind": "Job", "name": "catdog-smoke", "status": "Synced", "hookPhase": "Succeeded"}


def application(
    phase: str = "",
    synced: str = "",
    newest: str = "this",
    health: str = "Healthy",
    sync: str = "Synced",
    message: str = "words",
    refusals: Sequence[str] = (),
    asked: dict[str, Any] | None = None,
    smoke_test: dict[str, Any] | None = SMOKE_TEST,
) -> dict[str, Any]:
    results = [{"kind": "InferenceService", "status": "SyncFailed", "message": refusal} for refusal in refusals]
    results.append({"kind": "NetworkPolicy", "status": "Synced", "message": "configured"})
    if phase == "Succeeded" and smoke_test:
        results.append(smoke_test)
    operation = {"phase": phase, "message": message, "syncResult": {"revision": synced, "resources": results}}
    operation["operation"] = {"sync": {"revision": synced, **(asked or {})}}
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {"name": "catdog", "namespace": "argocd"},
        "spec": {"source": {"repoURL": "https://github.com/some/one.git"}},
        "status": {"sync": {"status": sync, "revision": newest}, "health": {"status": health}}
        | ({"operationState": operation} if phase else {}),
    }


WEBHOOK = "failed calling webhook: dial tcp 10.96.0.7:443: connect: connection refused"
INVALID = 'InferenceService.serving.kserve.io "catdog" is invalid: spec.predictor.minReplicas: must be an integer'
TIMED_OUT = "Operation terminated, triggered by controller sync timeout"
CASES: dict[str, tuple[dict[str, Any], set[str]]] = {
    "proven": (application("Succeeded", "this"), {"proven"}),
    "some objects were synced, without a smoke test": (
        application("Succeeded", "this", asked={"resources": [{"name": "catdog"}]}, smoke_test=None),
        set(),
    ),
    "synced without hooks": (
        application("Succeeded", "this", asked={"syncStrategy": {"apply": {}}}, smoke_test=None),
        set(),
    ),
    "a dry run": (application("Succeeded", "this", asked={"dryRun": True}, smoke_test=None), set()),
    "the commit has no smoke test": (application("Succeeded", "this", smoke_test=None), {"failed"}),
    "its health follows": (application("Succeeded", "this", health="Progressing", smoke_test=None), {"failed"}),
    "the smoke test is no hook any more": (
        application("Succeeded", "this", smoke_test=JOB_THAT_IS_NO_HOOK),
        {"failed"},
    ),
    "another commit is deployed, the one before had no smoke test": (
        application("Succeeded", "before", sync="OutOfSync", smoke_test=None),
        set(),
    ),
    "being proven": (application("Running", "this", health="Progressing"), set()),
    "proven, and a newer commit changes nothing": (application("Succeeded", "before"), {"proven"}),
    "proven before, the newest is not synced yet": (application("Succeeded", "before", sync="OutOfSync"), set()),
    "failed": (application("Failed", "this", health="Degraded"), {"failed"}),
    "failed, old pods serve": (application("Failed", "this"), {"failed"}),
    "cannot be rendered": (
        application("Error", "this", message="`kustomize build .` failed exit status 1"),
        {"failed"},
    ),
    "failed, and a newer commit changes nothing": (application("Failed", "before", health="Degraded"), {"failed"}),
    "failed, and a newer commit changes something": (application("Failed", "before", sync="OutOfSync"), set()),
    "failed, and is tried again": ({**application("Failed", "this"), "operation": {"sync": {}}}, set()),
    "an object is refused": (application("Failed", "this", refusals=[INVALID]), {"failed"}),
    "a webhook gives no answer": (application("Failed", "this", refusals=[WEBHOOK]), set()),
    "one is refused, a webhook gives no answer": (
        application("Failed", "this", refusals=[WEBHOOK, INVALID]),
        {"failed"},
    ),
    "the repo-server gives no answer": (application("Error", "this", message="rpc error: code = Unavailable"), set()),
    "something is said that nobody knows": (application("Failed", "this", refusals=["http2: lost"]), set()),
    "took too long": (application("Failed", "this", message=TIMED_OUT), set()),
    "ended for a newer commit": (application("Failed", "before", message="Operation terminated"), set()),
    "still syncing": (application("Running", "this"), set()),
    "pods are not there yet": (application("Succeeded", "this", health="Progressing"), set()),
    "never synced": (application(), set()),
}


def reported(case: dict[str, Any]) -> set[str]:
    """What must be reported of this Application."""
    state = ApplicationState.read(case)
    outcomes = {"proven": is_settled(state), "failed": is_reported_failed(state)}
    return {outcome for outcome, holds in outcomes.items() if holds}


@pytest.mark.parametrize("name", CASES)
def test_what_the_state_means(name: str) -> None:
    case, expected = CASES[name]
    assert reported(case) == expected


@pytest.fixture(scope="session")
def secret(tmp_path_factory: pytest.TempPathFactory) -> Path:
    for name in ("argocd", "openssl"):
        if not shutil.which(name):
            pytest.skip(f"{name} is not installed")
    key = subprocess.run(["openssl", "genrsa", "-traditional", "2048"], capture_output=True, text=True, check=True)
    data = {"github-appID": "12", "github-installationID": "34", "github-privateKey": key.stdout}
    path = tmp_path_factory.mktemp("secret") / "secret.yaml"
    path.write_text(
        yaml.safe_dump(
            {
                "apiVersion": "v1",
                "kind": "Secret",
                "metadata": {"name": "argocd-notifications-secret"},
                "stringData": data,
            }
        )
    )
    return path


def run_engine(secret: Path, case: dict[str, Any], *command: str) -> str:
    """What the engine says about this Application, without a cluster."""
    file = secret.with_name("application.yaml")
    file.write_text(yaml.safe_dump(case))
    done = subprocess.run(
        ["argocd", "admin", "notifications", *command, file, "--config-map", CONFIG, "--secret", secret, *(
            ["--recipient", "console:stdout"] if command[0] == "template" else []
        ), "--server", "http://127.0.0.1:1", "--namespace", "argocd"],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("name", CASES)
def test_the_triggers_say_the_same(secret: Path, name: str) -> None:
    case, _ = CASES[name]
    said = {outcome: run_engine(secret, case, "trigger", "run", f"on-rollout-{outcome}") for outcome in OUTCOMES}
    assert {outcome for outcome, text in said.items() if text.split()[-1] == "true"} == reported(case)


def test_faults_are_worded_the_same() -> None:
    for pattern in (REFUSAL, NOT_THE_COMMITS):
        assert f"'{pattern.pattern}'" in CONFIG.read_text()


def test_how_it_is_reported(secret: Path) -> None:
    said = run_engine(secret, application("Failed", "this"), "template", "notify", "rollout-failed")
    assert "label: argocd/catdog" in said
    assert "state: failure" in said
    assert "targetURL: https://github.com/some/one\n" in said
    assert "message: words" in said
    said = run_engine(secret, application("Succeeded", "this", smoke_test=None), "template", "notify", "rollout-failed")
    assert "message: the commit brings no smoke test\n" in said
