"""hack/release: what it refuses, what it does, and that it takes back what turns out red."""

import subprocess
import time
from pathlib import Path

import pytest

from .delivery import KUSTOMIZATION, Delivery
from .images import build_image
from .load_client import LoadClient

AGAIN = ("--again", "another test took it back")


def test_releases_head(delivery: Delivery, client: LoadClient) -> None:
    delivery.edit("predictor/__init__.py", lambda text: text + "# another version\n", "A change of code")
    commit = delivery.head()
    print(delivery.hack("release"))
    assert delivery.tag() == commit
    assert commit in client.revisions()
    # back to the tag that the other tests start from
    delivery.revert()
    assert delivery.verdict(delivery.head()).color == "green"


@pytest.mark.ci
def test_takes_back_what_is_red(delivery: Delivery, client: LoadClient, released: str) -> None:
    said = delivery.hack("release", *AGAIN, "--tag", build_image(released, "every predict fails"), check=False)
    print(said)
    assert "a prediction answers 500" in said
    assert "the release is reverted" in said
    assert delivery.tag() == released
    assert delivery.verdict(delivery.head()).color == "green"


def test_an_image_that_fails_is_not_released(delivery: Delivery, client: LoadClient) -> None:
    """It is built, run by its digest and refused: no tag, no commit, nothing to take back."""
    delivery.edit("predictor/__init__.py", lambda text: text + "raise SystemExit('out of order')\n", "Break the server")
    broken, tag = delivery.head(), delivery.tag()
    said = delivery.hack("release", check=False)
    print(said)
    assert "not fit for traffic" in said
    assert (delivery.head(), delivery.tag()) == (broken, tag)
    assert f"no image with the tag {broken}" in delivery.hack("release", "--tag", broken, check=False)
    delivery.revert()


def test_two_releases_at_once(delivery: Delivery, client: LoadClient, released: str, tmp_path: Path) -> None:
    """From two clones: both are on main, the later one is proven, and the other says what became of it."""
    tags = [build_image(released, fault) for fault in ("another good one", "a third good one")]
    before = delivery.head()
    remote = delivery.make_remote(tmp_path / "remote")
    clones = [delivery.clone(remote, name) for name in ("one", "other")]
    processes = [clone.start("release", *AGAIN, "--tag", tag) for clone, tag in zip(clones, tags, strict=True)]
    said = [process.communicate(timeout=500)[0] for process in processes]
    print(*said, sep="\n--\n")
    log = delivery.git("log", "--format=%s", f"{before}..HEAD").splitlines()
    assert sorted(log) == sorted(f"Release {tag[:12]}" for tag in tags)
    last = tags.index(delivery.tag())
    assert processes[last].returncode == 0
    assert "GREEN" in said[last]
    assert ("GREEN" in said[1 - last]) != ("SUPERSEDED" in said[1 - last])
    assert processes[1 - last].returncode == ("SUPERSEDED" in said[1 - last])
    delivery.git("revert", "--no-edit", f"{before}..HEAD")
    assert delivery.tag() == released
    assert delivery.verdict(delivery.head()).color == "green"


def test_a_rollback_takes_back_what_another_clone_released(
    delivery: Delivery, client: LoadClient, released: str, tmp_path: Path
) -> None:
    """As the workflow does it, where the runner that released could not see the cluster."""
    clone = delivery.clone(delivery.make_remote(tmp_path / "remote"), "runner")
    bad = clone.bump(build_image(released, "process exits at once"))
    clone.git("push", "-q")
    assert delivery.verdict(bad, timeout=90).color == "red"
    print(clone.hack("rollback", bad))
    assert delivery.tag() == released
    assert delivery.verdict(delivery.head()).color == "green"
    assert "is not what main runs any more" in clone.hack("rollback", bad, check=False)


def test_refuses_a_dirty_tree(delivery: Delivery) -> None:
    path = delivery.folder / "manifests/base/networkpolicy.yaml"
    before = path.read_text()
    path.write_text(before + "# not committed\n")
    try:
        assert "not committed" in delivery.hack("release", check=False)
    finally:
        path.write_text(before)


def test_refuses_a_tag_that_does_not_exist(delivery: Delivery) -> None:
    head = delivery.head()
    assert "no image with the tag nonsense" in delivery.hack("release", "--tag", "nonsense", check=False)
    assert delivery.head() == head


def test_refuses_to_go_back_by_mistake(delivery: Delivery, released: str) -> None:
    older = delivery.git("rev-parse", f"{released}~1")
    delivery.hack("build-image", older)
    said = delivery.hack("release", "--tag", older, check=False)
    assert "is older than what is released" in said
    assert "git revert" in said


def test_a_tag_that_is_no_commit_needs_no_reason(delivery: Delivery, client: LoadClient, released: str) -> None:
    """Git has no model of it to compare with; the gate compares it with what git expects."""
    said = delivery.hack("release", *AGAIN, "--tag", build_image(released, "another good one"))
    print(said)
    assert "--accept-model" not in said
    assert delivery.git("show", "--name-only", "--format=", "HEAD") == KUSTOMIZATION
    assert delivery.verdict(delivery.revert()).color == "green"


def test_refuses_a_second_one_at_the_same_time(delivery: Delivery, client: LoadClient, released: str) -> None:
    tag = build_image(released, "another good one")
    first = subprocess.Popen([delivery.folder / "hack/release", *AGAIN, "--tag", tag], stdout=subprocess.DEVNULL)
    wait_for(delivery.folder / ".git/hack-release/pid")
    assert "another release is running" in delivery.hack("release", *AGAIN, "--tag", tag, check=False)
    assert first.wait(timeout=240) == 0
    assert delivery.verdict(delivery.revert()).color == "green"


def wait_for(path: Path) -> None:
    deadline = time.monotonic() + 10
    while not path.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
