"""hack/verdict as a command: what it prints, and its exit status."""

from collections.abc import Callable

import pytest

from model.settings import NAME
from tests.unit.delivery.clones import Clone, write_program

FAILED = [
    {
        "kind": "Job",
        "name": f"{NAME}-smoke",
        "hookType": "PostSync",
        "hookPhase": "Failed",
        "message": "Job has reached its limit",
    },
    {"kind": "InferenceService", "name": NAME, "status": "Synced"},
]
UseCluster = Callable[..., None]


@pytest.fixture
def clone(clones: list[Clone]) -> Clone:
    return clones[0]


def test_green(clone: Clone, use_cluster: UseCluster) -> None:
    use_cluster(clone)
    status, said = clone.run("hack/verdict")
    assert (status, said.splitlines()[-1]) == (
        0,
        f"GREEN: {clone.git('rev-parse', '--short=12', 'HEAD')}: Synced, Healthy, smoke test and bake passed",
    )


def test_red_says_what_failed(clone: Clone, use_cluster: UseCluster) -> None:
    commit = clone.bump("1" * 40)
    use_cluster(clone, "Failed", resources=FAILED)
    status, said = clone.run("hack/verdict", commit)
    assert status == 1
    assert said.splitlines()[1:] == [
        f"RED: {commit[:12]}: words",
        f"  Job/{NAME}-smoke: Job has reached its limit",
        "  service  health  FAIL",
    ]


def test_no_verdict_in_time(clone: Clone, use_cluster: UseCluster) -> None:
    use_cluster(clone, "Running")
    commit = clone.bump("1" * 40)
    status, said = clone.run("hack/verdict", "--timeout", "1")
    assert (status, said.splitlines()[-1]) == (2, f"NO VERDICT after 1 s: {commit[:12]}: Synced, Healthy; words")


def test_an_api_server_that_does_not_answer_gives_no_verdict(clone: Clone, use_cluster: UseCluster) -> None:
    use_cluster(clone)
    write_program(clone.programs, "kubectl", "exit 1")
    status, said = clone.run("hack/verdict", "--timeout", "0")
    assert (status, "the cluster gives no answer" in said) == (2, True)


def test_a_negative_timeout_is_refused(clone: Clone) -> None:
    status, said = clone.run("hack/verdict", "--timeout", "-1")
    assert (status, "--timeout must be a number of seconds" in said) == (2, True)


def test_a_commit_that_somebody_else_pushed_is_fetched(clones: list[Clone], use_cluster: UseCluster) -> None:
    earlier = clones[0].git("rev-parse", "HEAD")
    clones[0].bump("1" * 40)
    use_cluster(clones[0])
    clones[1].environment |= clones[0].environment | {"SERVING_REPO": str(clones[1].folder)}
    status, said = clones[1].run("hack/verdict", earlier)
    assert (status, "SUPERSEDED" in said) == (3, True)


def test_what_cannot_be_asked_gives_no_verdict(clone: Clone) -> None:
    status, said = clone.run("hack/verdict", "nonsense")
    assert (status, "nonsense is not a commit of" in said) == (2, True)
    assert clone.run("hack/verdict", "--timeout", "soon")[0] == 2
