"""hack/release and two of them at once, by git alone; tests/e2e/test_release.py has the cluster."""

from pathlib import Path

import pytest

from tests.unit.delivery.clones import KUSTOMIZATION, Clone, write_program

ONE, OTHER = "1" * 40, "2" * 40


def remote_log(clone: Clone) -> list[str]:
    clone.git("fetch", "-q")
    return clone.git("log", "--format=%s", "origin/main").splitlines()


def test_a_release_is_one_line_in_one_commit(clones: list[Clone]) -> None:
    status, said = clones[0].run("hack/release", "--tag", ONE)
    assert status == 0, said
    assert "Argo CD reports its verdict on the commit" in said
    assert clones[0].git("diff", "--numstat", "HEAD~", "HEAD") == f"1\t1\t{KUSTOMIZATION}"
    assert remote_log(clones[1]) == [f"Release {ONE[:12]}", "All of it"]
    assert clones[1].tag("origin/main") == ONE


def test_releasing_the_same_again_commits_nothing(clones: list[Clone]) -> None:
    clones[0].run("hack/release", "--tag", ONE)
    status, said = clones[1].run("hack/release", "--tag", ONE)
    assert status == 0, said
    assert "is what the manifests name already" in said
    assert len(remote_log(clones[0])) == 2


@pytest.mark.parametrize("attempt", range(3))
def test_two_releases_at_once(clones: list[Clone], attempt: int) -> None:
    processes = [clone.start("hack/release", "--tag", tag) for clone, tag in zip(clones, (ONE, OTHER), strict=True)]
    said = [process.communicate(timeout=60)[0] for process in processes]
    assert [process.returncode for process in processes] == [0, 0], said
    log = remote_log(clones[0])
    assert sorted(log[:2]) == [f"Release {ONE[:12]}", f"Release {OTHER[:12]}"]
    assert log[2:] == ["All of it"]
    assert clones[0].tag("origin/main").startswith(log[0].removeprefix("Release "))


def test_somebody_pushes_between_fetch_and_push(clones: list[Clone], tmp_path: Path) -> None:
    """The other clone pushes at the very moment when the release does: it goes on top of that."""
    hook = clones[0].folder / ".git/hooks/pre-push"
    write_program(hook.parent, hook.name, f"rm $0; cd {clones[1].folder} && echo words > README.md && "
                  "git add README.md && git commit -q -m Words && unset GIT_DIR && git push -q")  # fmt: skip
    status, said = clones[0].run("hack/release", "--tag", ONE)
    assert status == 0, said
    assert "somebody else pushed at the same moment: trying again on top of" in said
    assert remote_log(clones[0]) == [f"Release {ONE[:12]}", "Words", "All of it"]
    assert clones[0].git("status", "--porcelain", "--branch") == "## main...origin/main"


def test_unpushed_commits_are_not_rewritten(clones: list[Clone]) -> None:
    clones[0].git("commit", "-q", "--allow-empty", "-m", "Mine")
    clones[1].commit("README.md", "words\n", "Theirs")
    mine = clones[0].git("rev-parse", "HEAD")
    for command in (("hack/release",), ("hack/release", "--tag", ONE)):
        status, said = clones[0].run(*command)
        assert status == 1
        assert "git pull --rebase" in said
        assert clones[0].git("rev-parse", "HEAD") == mine
    assert remote_log(clones[0]) == ["Theirs", "All of it"]


def test_an_older_image_is_refused_also_when_the_newer_one_came_meanwhile(clones: list[Clone]) -> None:
    older = clones[0].commit("predictor/server.py", "1\n", "Older")
    newer = clones[0].commit("predictor/server.py", "2\n", "Newer")
    clones[1].git("pull", "-q")
    assert clones[0].run("hack/release", "--tag", newer)[0] == 0
    status, said = clones[1].run("hack/release", "--tag", older)
    assert status == 1
    assert "is older than what is released now" in said
    assert clones[1].tag("origin/main") == newer
    assert clones[1].git("status", "--porcelain") == ""


def test_a_remote_that_takes_no_push(clones: list[Clone], tmp_path: Path) -> None:
    write_program(tmp_path / "remote/hooks", "pre-receive", "echo main is closed; exit 1")
    status, said = clones[0].run("hack/release", "--tag", ONE)
    assert status == 1
    assert "the remote takes no push" in said
    assert "main is closed" in said
    assert clones[0].git("status", "--porcelain", "--branch") == "## main...origin/main"


def test_others_push_each_time(clones: list[Clone]) -> None:
    hook = clones[0].folder / ".git/hooks/pre-push"
    write_program(hook.parent, hook.name, f"cd {clones[1].folder} && echo >> README.md && git add README.md && "
                  "git commit -q -m Words && unset GIT_DIR && git push -q")  # fmt: skip
    status, said = clones[0].run("hack/release", "--tag", ONE)
    assert (status, "others pushed 5 times while this was tried" in said) == (1, True)
    assert remote_log(clones[0]) == ["Words"] * 5 + ["All of it"]


def test_a_clone_without_a_remote_only_commits(clones: list[Clone]) -> None:
    clones[0].git("branch", "--unset-upstream")
    assert clones[0].run("hack/release", "--tag", ONE)[0] == 0
    assert clones[0].tag() == ONE
    assert remote_log(clones[0]) == ["All of it"]


def test_changes_that_are_not_committed(clones: list[Clone]) -> None:
    (clones[0].folder / "README.md").touch()
    status, said = clones[0].run("hack/release", "--tag", ONE)
    assert (status, "changes that are not committed" in said) == (1, True)
