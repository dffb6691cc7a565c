"""hack/release: what it refuses, what it does, and that it takes back what turns out red."""

import subprocess
import time
from pathlib import Path

import pytest

from .client import Client
from .delivery import Delivery
from .images import build_image


def test_releases_head(delivery: Delivery, client: Client) -> None:
    delivery.edit("predictor/__init__.py", lambda text: text + "# another version\n", "A change of code")
    commit = delivery.head()
    print(delivery.hack("release"))
    assert delivery.tag() == commit
    assert commit in client.revisions()
    # back to the tag that the other tests start from
    delivery.revert()
    assert delivery.verdict(delivery.head()).color == "green"


@pytest.mark.ci
def test_takes_back_what_is_red(delivery: Delivery, client: Client, released: str) -> None:
    said = delivery.hack("release", "--tag", build_image(released, "every predict fails"), check=False)
    print(said)
    assert "a prediction answers 500" in said
    assert "the release is reverted" in said
    assert delivery.tag() == released
    assert delivery.verdict(delivery.head()).color == "green"


def test_refuses_a_dirty_tree(delivery: Delivery) -> None:
    path = delivery.folder / "manifests/namespace.yaml"
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


def test_refuses_a_second_one_at_the_same_time(delivery: Delivery, client: Client, released: str) -> None:
    tag = build_image(released, "another good one")
    first = subprocess.Popen([delivery.folder / "hack/release", "--tag", tag], stdout=subprocess.DEVNULL)
    wait_for(delivery.folder / ".git/catdog-release/pid")
    assert "another release is running" in delivery.hack("release", "--tag", tag, check=False)
    assert first.wait(timeout=240) == 0
    assert delivery.verdict(delivery.revert()).color == "green"


def wait_for(path: Path) -> None:
    deadline = time.monotonic() + 10
    while not path.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
