"""hack/release and models: what it refuses, what a reason does, and what is committed beside the one line."""

import json
import sys
from typing import Any

import pytest

from tests.unit.delivery.clones import KUSTOMIZATION, Clone, write_program
from tests.unit.delivery.registry import Registry

EXPECTED = "manifests/base/expected.json"


@pytest.fixture
def clone(clones: list[Clone]) -> Clone:
    """A clone whose HEAD is released, with the packages of the training."""
    clone = clones[0]
    (clone.folder / ".git/info/exclude").write_text(".venv\n")
    (clone.folder / ".venv").symlink_to(sys.prefix)
    clone.commit("predictor/server.py", "1\n", "A change of code")
    assert clone.run("hack/release")[0] == 0
    assert changed(clone) == [KUSTOMIZATION]
    return clone


def changed(clone: Clone) -> list[str]:
    """The files of the newest commit."""
    return clone.git("show", "--name-only", "--format=", "HEAD").splitlines()


def accuracy(clone: Clone, revision: str = "HEAD") -> float:
    content = json.loads(clone.git("show", f"{revision}:{EXPECTED}"))
    return float(content["accuracy"])


def test_a_model_that_is_worse_by_chance_is_released_with_what_is_expected_of_it(clone: Clone) -> None:
    head = clone.commit_model(wrong=4)  # a coin falls so one time in 16
    status, said = clone.run("hack/release")
    assert status == 0, said
    assert f"not worse beyond chance: {head[:12]}.pt gets 96 of 100 shared test photos right" in said
    assert "(claimed by the files; " in said
    assert sorted(changed(clone)) == [EXPECTED, KUSTOMIZATION]
    assert (clone.tag("origin/main"), accuracy(clone, "origin/main")) == (head, 0.96)
    assert clone.git("log", "-1", "--format=%B").strip() == f"Release {head[:12]}"
    status, said = clone.run("hack/rollback", "HEAD")
    assert (status, accuracy(clone, "origin/main")) == (0, 1.0), said


def test_a_worse_model_is_refused_before_anything_is_built(clone: Clone, registry: Registry) -> None:
    tag, head = clone.tag(), clone.commit_model(wrong=5)  # one time in 32
    registry.missing.add(head)
    status, said = clone.run("hack/release")
    assert (status, len(said.splitlines())) == (1, 2)
    assert f"the model of {head[:12]} is refused: worse beyond chance: " in said
    assert "gets 95 of 100 shared test photos right" in said
    assert 'hack/release --accept-model "REASON"' in said
    assert (clone.git("rev-parse", "HEAD"), clone.tag("origin/main")) == (head, tag)


@pytest.mark.parametrize(
    ("model", "words"),
    [
        ({"first": 60}, "only 40 of the baseline's 100 test photos"),
        ({"first": 100}, "were tested on different photos"),
        ({"classes": ("cat", "fox")}, "have different classes"),
        ({"histograms": {}}, "are not all that model.export writes"),
    ],
)
def test_a_model_that_cannot_be_compared_is_refused(clone: Clone, model: dict[str, Any], words: str) -> None:
    clone.commit_model(**model)
    status, said = clone.run("hack/release")
    assert (status, words in said, "--accept-model" in said) == (1, True, True), said


def test_a_reason_is_in_the_commit(clone: Clone) -> None:
    head = clone.commit_model(wrong=30)
    status, said = clone.run("hack/release", "--accept-model", " The photos of before were wrong. ")
    assert status == 0, said
    subject, body = clone.git("log", "-1", "--format=%B").split("\n\n")
    assert subject == f"Release {head[:12]}"
    assert body.startswith("Its model was refused (worse beyond chance: ")
    assert body.endswith("released all the same: The photos of before were wrong.")
    assert clone.run("hack/rollback", "HEAD")[0] == 0


def test_a_reason_that_is_not_needed_changes_nothing(clone: Clone) -> None:
    head = clone.commit_model(wrong=1)
    assert clone.run("hack/release", "--accept-model", "In case.")[0] == 0
    assert clone.git("log", "-1", "--format=%B").strip() == f"Release {head[:12]}"


def test_a_reason_must_say_something(clone: Clone) -> None:
    status, said = clone.run("hack/release", "--accept-model", " ")
    assert (status, "--accept-model needs a reason" in said) == (1, True)


def test_the_packages_are_installed_where_they_are_not_there(clone: Clone) -> None:
    (clone.folder / ".venv").unlink()
    write_program(clone.folder / "hack", "install", f"echo installing >&2; ln -s {sys.prefix} {clone.folder}/.venv")
    clone.git("commit", "-q", "-a", "-m", "A stand-in for hack/install")
    head = clone.commit_model(wrong=1)
    status, said = clone.run("hack/release")
    assert (status, "installing" in said, clone.tag()) == (0, True, head), said


def test_without_the_packages_nothing_is_compared(clone: Clone) -> None:
    (clone.folder / ".venv").unlink()
    write_program(clone.folder / "hack", "install", "exit 1")
    clone.git("commit", "-q", "-a", "-m", "A stand-in for hack/install")
    clone.commit_model(wrong=1)
    status, said = clone.run("hack/release")
    assert (status, "this needs the environment that hack/install makes" in said) == (1, True)


def test_a_version_that_git_does_not_have_is_compared_by_what_is_expected(clone: Clone) -> None:
    clone.bump("1" * 40)  # an image that somebody else built
    head = clone.commit("predictor/server.py", "2\n", "A change of code")
    assert clone.run("hack/release")[0] == 0
    assert (clone.tag(), changed(clone)) == (head, [KUSTOMIZATION])
    clone.bump("1" * 40)
    clone.commit_model(wrong=1)
    status, said = clone.run("hack/release")
    assert (status, "git has no model of the version that main runs" in said) == (1, True)
    clone.commit(EXPECTED, "[]\n", "Not what is written there")
    assert clone.run("hack/release")[0] == 1


def test_of_an_image_that_is_no_commit_nothing_is_known(clone: Clone) -> None:
    assert clone.run("hack/release", "--tag", "1" * 40)[0] == 0
    assert changed(clone) == [KUSTOMIZATION]
