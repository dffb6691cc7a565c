"""hack/release with its image scripts and its cluster: stand-ins for both, and what it does by their answers."""

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from hack.delivery.lock import acquire
from model.settings import NAME
from tests.unit.delivery.clones import Clone, write_program
from tests.unit.delivery.registry import Registry

ONE = "1" * 40
UseCluster = Callable[..., None]


@pytest.fixture
def clone(clones: list[Clone]) -> Clone:
    return clones[0]


@pytest.mark.parametrize("file", ["README.md", "predictor/README.md"])
def test_a_commit_that_changes_no_image_releases_what_is_released(clone: Clone, registry: Registry, file: str) -> None:
    head = clone.commit("predictor/server.py", "1\n", "A change of code")
    assert clone.run("hack/release")[0] == 0
    registry.missing.add(clone.commit(file, "words\n", "Words"))
    status, said = clone.run("hack/release")
    assert (status, f"{head} is what the manifests name already" in said) == (0, True)


def test_a_tag_that_the_registry_lacks(clone: Clone, registry: Registry) -> None:
    registry.missing.add(ONE)
    status, said = clone.run("hack/release", "--tag", ONE)
    assert (status, f"no image with the tag {ONE}" in said) == (1, True)


def test_green(clone: Clone, use_cluster: UseCluster) -> None:
    use_cluster(clone)
    status, said = clone.run("hack/release", "--tag", ONE)
    assert (status, "GREEN: " in said, said.endswith("released\n")) == (0, True, True)


def test_red_is_reverted(clone: Clone, use_cluster: UseCluster) -> None:
    tag = clone.tag()
    use_cluster(clone, "Failed")
    status, said = clone.run("hack/release", "--tag", ONE)
    assert (status, "RED: " in said, "GREEN: " in said) == (1, True, True)
    assert f"{ONE} was red; the release is reverted, and the previous version serves" in said
    assert clone.tag("origin/main") == tag


def test_no_verdict_leaves_git_alone(clone: Clone, use_cluster: UseCluster) -> None:
    use_cluster(clone, "Running")
    status, said = clone.run("hack/release", "--tag", ONE, "--timeout", "1")
    assert (status, "it stays in git" in said) == (2, True), said
    assert clone.tag("origin/main") == ONE


def test_a_cluster_that_gives_no_answer_leaves_git_alone(clone: Clone, use_cluster: UseCluster) -> None:
    use_cluster(clone)
    write_program(clone.programs, "kubectl", "exit 1")
    assert clone.run("hack/release", "--tag", ONE, "--timeout", "0")[0] == 2
    assert clone.tag("origin/main") == ONE


def test_a_negative_timeout_is_refused_before_anything_is_done(clone: Clone) -> None:
    tag = clone.tag()
    status, said = clone.run("hack/release", "--tag", ONE, "--timeout", "-1")
    assert (status, "--timeout must be a number of seconds" in said, "hack/release --help" in said) == (1, True, True)
    assert clone.tag("origin/main") == tag


def test_what_the_manifests_name_already_and_has_failed_is_tried_again(
    clone: Clone, use_cluster: UseCluster, tmp_path: Path
) -> None:
    """Argo CD tries no commit twice: the image may have been built meanwhile."""
    clone.run("hack/release", "--tag", ONE)
    use_cluster(clone, "Failed")
    status, said = clone.run("hack/release", "--tag", ONE, "--timeout", "0")
    assert (status, "Argo CD tries again" in said) == (1, True), said
    asked = (tmp_path / "kubectl.txt").read_text()
    assert f"patch application {NAME} --type=merge -p" in asked
    assert '{"operation": {"initiatedBy"' in asked
    assert f'"revision": "{clone.git("rev-parse", "HEAD")}"' in asked


def test_red_that_was_proven_before_is_not_reverted(clone: Clone, use_cluster: UseCluster) -> None:
    use_cluster(clone, "Failed")
    write_program(clone.programs, "gh", "echo success")
    status, said = clone.run("hack/release", "--tag", ONE, SERVING_STATUSES="some/one")
    assert (status, "it was not reverted: " in said, "was proven before" in said) == (1, True, True)
    assert clone.tag("origin/main") == ONE


def test_a_revert_that_is_not_green(clone: Clone, use_cluster: UseCluster) -> None:
    use_cluster(clone, "Failed")
    program = (clone.programs / "kubectl").read_text()
    (clone.programs / "kubectl").write_text(program.replace("phase=Succeeded", "phase=Failed"))
    status, said = clone.run("hack/release", "--tag", ONE)
    assert (status, "the revert is not green" in said) == (1, True)


def test_a_later_commit_took_over(clones: list[Clone], use_cluster: UseCluster) -> None:
    use_cluster(clones[0], "Running")
    kubectl, flag = clones[0].programs / "kubectl", clones[1].folder.parent / "flag"
    file = "manifests/base/rbac.yaml"
    push = f"rm {flag} && git pull -q && echo --- >> {file} && git commit -q -m Change {file} && git push -q"
    # somebody pushes while the verdict is waited for, and Argo CD sees it at once
    program = kubectl.read_text().replace(
        "\ncommit=$(", f"\n[[ -e {flag} ]] && (cd {clones[1].folder} && {push})\ncommit=$("
    )
    kubectl.write_text(program.replace(f"{clones[0].folder} rev-parse HEAD", f"{clones[1].folder} rev-parse HEAD"))
    flag.touch()
    status, said = clones[0].run("hack/release", "--tag", ONE)
    assert (status, "a later commit took over" in said) == (1, True), said


def test_one_at_a_time(clone: Clone) -> None:
    holder = clone.folder / ".git/hack-release/pid"
    holder.parent.mkdir()
    with acquire(holder):
        status, said = clone.run("hack/release", "--tag", ONE)
        assert (status, f"another release is running (process {os.getpid()})" in said) == (1, True)
    status, said = clone.run("hack/release", "--tag", ONE)
    assert status == 0, said
    assert not holder.exists()


@pytest.mark.parametrize("left", ["", "1\n", "nonsense"])
def test_what_a_killed_release_left_is_no_lock(left: str, clone: Clone) -> None:
    """Also not where it was killed before it wrote its number, or another process has that number now."""
    holder = clone.folder / ".git/hack-release/pid"
    holder.parent.mkdir()
    if left:
        holder.write_text(left)
    status, said = clone.run("hack/release", "--tag", ONE)
    assert status == 0, said


def test_a_lock_that_cannot_be_made_is_one_sentence(clone: Clone) -> None:
    (clone.folder / ".git/hack-release").write_text("a file")
    status, said = clone.run("hack/release", "--tag", ONE)
    assert (status, "hack-release/pid cannot be locked: " in said, "Traceback" in said) == (1, True, False)


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_release_that_is_ended_gives_the_lock_back(
    clone: Clone, use_cluster: UseCluster, number: int, status: int
) -> None:
    use_cluster(clone, "Running")
    release = clone.start("hack/release", "--tag", ONE)
    assert release.stdout is not None
    while "words" not in release.stdout.readline():
        assert release.poll() is None
    assert (clone.folder / ".git/hack-release/pid").read_text() == f"{release.pid}\n"
    release.send_signal(number)
    said, _ = release.communicate(timeout=30)
    assert (release.returncode, said) == (status, "")
    assert not (clone.folder / ".git/hack-release/pid").exists()


def test_manifests_that_lack_the_line(clone: Clone) -> None:
    lines = (clone.folder / "manifests/base/kustomization.yaml").read_text().splitlines(keepends=True)
    clone.commit(
        "manifests/base/kustomization.yaml", "".join(one for one in lines if "newTag: " not in one), "Break it"
    )
    status, said = clone.run("hack/release", "--tag", ONE)
    assert (status, "manifests/base/kustomization.yaml" in said) == (1, True)


def test_wrong_arguments_are_one_sentence(clone: Clone) -> None:
    for arguments in (["--tag"], ["now"], ["--nonsense"]):
        status, said = clone.run("hack/release", *arguments)
        assert (status, len(said.splitlines())) == (1, 2)
        assert "hack/release --help" in said
