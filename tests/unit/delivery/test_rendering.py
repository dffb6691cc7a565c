"""What commits of a real repository render, by kubectl."""

import subprocess
from pathlib import Path

import pytest

from argocd.steward.application import ApplicationState
from hack.delivery.git import WorkingCopy
from hack.delivery.judge import NO_SMOKE_TEST, Judge, Verdict
from hack.delivery.rendering import Rendering, names_of_jobs
from tests.unit.delivery.clones import KUSTOMIZATION, Clone, make_clones
from tests.unit.delivery.test_verdict import application

JUDGE = "tests/smoke/table.py"
RESOURCE = "  - smoke-job.yaml\n"


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Clone:
    """Its history, by tags: start, judge (whose code changes), words, bare (without smoke test), bump, after."""
    (clone,) = make_clones(tmp_path_factory.mktemp("rendering"), count=1)
    clone.git("tag", "start")
    clone.commit(JUDGE, (clone.folder / JUDGE).read_text() + "# words\n", "Another judge")
    clone.git("tag", "judge")
    clone.commit("README.md", "words\n", "Words")
    clone.git("tag", "words")
    kustomization = (clone.folder / KUSTOMIZATION).read_text()
    assert kustomization.count(RESOURCE) == 1
    clone.commit(KUSTOMIZATION, kustomization.replace(RESOURCE, ""), "No smoke test")
    clone.git("tag", "bare")
    clone.bump("2b" * 20)
    clone.git("tag", "bump")
    clone.commit("README.md", "more words\n", "More words")
    clone.git("tag", "after")
    return clone


@pytest.fixture(scope="module")
def rendering(clone: Clone) -> Rendering:
    return Rendering(WorkingCopy(clone.folder))


@pytest.fixture(autouse=True)
def _kubectl(kubectl: None) -> None:
    """Each of these tests needs it."""


def test_the_judges_code_is_part_of_what_is_rendered(clone: Clone, rendering: Rendering) -> None:
    assert not rendering.is_same("start", "judge")
    assert rendering.is_same("judge", "words")
    assert rendering.last_change("words") == clone.git("rev-parse", "judge")


def test_a_commit_lacks_the_smoke_test(rendering: Rendering) -> None:
    lacking = {name: rendering.lacks_smoke_test(name) for name in ("start", "judge", "words", "bare", "bump", "after")}
    assert [name for name, lacks in lacking.items() if lacks] == ["bare", "bump", "after"]


def test_a_job_in_a_text_is_no_job() -> None:
    job = (
        "apiVersion: batch/v1\nkind: Job\nmetadata:\n  annotations:\n    name: other\n  name: catdog-smoke\nspec: {}\n"
    )
    text = "".join(f"    {line}\n" for line in job.splitlines())
    config = f"apiVersion: v1\ndata:\n  smoke-job.yaml: |\n{text}kind: ConfigMap\nmetadata:\n  name: catdog-smoke-job\n"
    assert names_of_jobs(config) == set()
    assert names_of_jobs(f"{config}---\n{job}") == {"catdog-smoke"}
    assert names_of_jobs(f"{job}---\n{config}") == {"catdog-smoke"}


def judge(clone: Clone, rendering: Rendering, name: str, phase: str, synced: str, newest: str) -> tuple[Verdict, str]:
    """The verdict on the commit `name`; no sync here ran a smoke test unless it was of start, judge or words."""
    commits = [clone.git("rev-parse", each) for each in (name, synced, newest)]
    state = application(phase, *commits[1:])
    if synced not in ("start", "judge", "words"):
        state["status"]["operationState"]["syncResult"]["resources"] = [{"kind": "InferenceService"}]
    return Judge(WorkingCopy(clone.folder), commits[0], rendering).judge(ApplicationState.read(state))


def test_a_commit_without_a_smoke_test_is_red(clone: Clone, rendering: Rendering) -> None:
    assert judge(clone, rendering, "bump", "Succeeded", "bump", "bump") == (Verdict.RED, NO_SMOKE_TEST)
    assert judge(clone, rendering, "after", "Succeeded", "bump", "after") == (Verdict.RED, NO_SMOKE_TEST)


def test_it_is_red_also_where_argocd_has_nothing_to_sync(clone: Clone, rendering: Rendering) -> None:
    """The smoke test is a hook: a change of it alone is no difference between git and the cluster."""
    assert judge(clone, rendering, "bare", "Succeeded", "words", "bare") == (Verdict.RED, NO_SMOKE_TEST)
    assert judge(clone, rendering, "words", "Succeeded", "words", "words")[0] == Verdict.GREEN


def test_the_commit_that_brings_it_back_is_not_red(clone: Clone, rendering: Rendering) -> None:
    """The last sync is still that of a commit without smoke test."""
    assert judge(clone, rendering, "judge", "Succeeded", "bump", "judge")[0] == Verdict.UNKNOWN


def test_a_link_that_leads_away_cannot_be_rendered(tmp_path: Path) -> None:
    """Argo CD renders no such commit either."""
    (clone,) = make_clones(tmp_path, 1)
    (clone.folder / "manifests/base/claims.json").unlink()
    (clone.folder / "manifests/base/claims.json").symlink_to("/etc/hostname")
    clone.git("commit", "-q", "-a", "-m", "A link")
    rendering = Rendering(WorkingCopy(clone.folder))
    assert rendering.render("HEAD") is None
    assert not rendering.is_same("HEAD~", "HEAD")
    assert not rendering.lacks_smoke_test("HEAD")


def test_a_commit_without_manifests_renders_nothing(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", "-b", "main", str(tmp_path)], check=True)
    copy = WorkingCopy(tmp_path)
    who = {f"GIT_{role}_{what}": "test" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    copy.git("commit", "-q", "--allow-empty", "-m", "Nothing", **who)
    assert Rendering(copy).render("HEAD") is None
