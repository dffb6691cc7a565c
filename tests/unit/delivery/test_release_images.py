"""Which image hack/release takes: what it asks the registry, what it builds, and how the manifests name it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from model.settings import FILE, IMAGE
from tests.unit.delivery.clones import Clone, write_program
from tests.unit.delivery.registry import IMAGE_PATH, Registry, make_certificate, serve_registry

ONE, DIGEST = "1" * 40, f"localhost:5001/{IMAGE_PATH}@sha256:{'b' * 64}"
SCRIPTS = {
    "build-image": f"echo building >&2; echo {DIGEST}",
    "run-image": 'echo "judged $SERVING_IMAGE"; exit "${JUDGED:-0}"',
    "tag-image": 'echo "tagged $1"',
}


@pytest.fixture
def clone(clones: list[Clone]) -> Clone:
    return clones[0]


@pytest.fixture
def builder(clone: Clone) -> Clone:
    """A clone whose own image scripts only say what they were asked to do."""
    for name, script in SCRIPTS.items():
        write_program(clone.folder / "hack", name, script)
    clone.git("commit", "-q", "-a", "-m", "Stand-ins for the image scripts")
    clone.git("push", "-q")
    return clone


def test_the_image_of_head_is_built_and_judged_before_it_gets_its_tag(builder: Clone, registry: Registry) -> None:
    head = builder.commit("predictor/server.py", "1\n", "A change of code")
    registry.missing.add(head)
    status, said = builder.run("hack/release")
    assert status == 0, said
    assert [line for line in said.splitlines() if DIGEST in line] == [f"judged {DIGEST}", f"tagged {DIGEST}"]
    assert builder.tag() == head


def test_what_was_built_for_a_registry_is_named_by_its_digest(builder: Clone, public: Registry) -> None:
    head = builder.commit("predictor/server.py", "1\n", "A change of code")
    public.missing.add(head)
    status, said = builder.run("hack/release")
    assert (status, builder.tag()) == (0, f"{head}@{DIGEST.partition('@')[2]}"), said


def test_an_image_that_fails_is_not_released(builder: Clone, registry: Registry) -> None:
    head, tag = builder.commit("predictor/server.py", "1\n", "A change of code"), builder.tag()
    registry.missing.add(head)
    status, said = builder.run("hack/release", JUDGED="1")
    assert (status, "tagged" in said, builder.tag()) == (1, False, tag)


@pytest.mark.parametrize("failure", [(500, b""), (401, b""), (404, b"<html>")])
@pytest.mark.parametrize("arguments", [[], ["--tag", ONE]])
def test_nothing_is_built_or_released_when_the_registry_gives_no_answer(
    builder: Clone, registry: Registry, failure: tuple[int, bytes], arguments: list[str]
) -> None:
    head = builder.commit("predictor/server.py", "1\n", "A change of code")
    registry.failure = failure
    status, said = builder.run("hack/release", *arguments)
    assert (status, "gives no answer about" in said, "building" in said) == (2, True, False)
    assert builder.git("rev-parse", "HEAD", "origin/main").split() == [head, head]


def test_there_must_be_a_registry_to_release_from(builder: Clone) -> None:
    head = builder.commit("predictor/server.py", "1\n", "A change of code")
    for arguments in ([], ["--tag", ONE]):
        status, said = builder.run("hack/release", *arguments, SERVING_PUSH="none")
        assert (status, len(said.splitlines()), "SERVING_PUSH=none names no registry" in said) == (1, 2, True)
    assert builder.git("rev-parse", "HEAD") == head


@pytest.mark.parametrize("tag", ["main", "latest", f"{ONE}@sha256:12", "a b", "", f"@{DIGEST}"])
def test_what_is_released_is_named_by_its_revision(clone: Clone, tag: str) -> None:
    head = clone.git("rev-parse", "HEAD")
    status, said = clone.run("hack/release", "--tag", tag)
    assert (status, len(said.splitlines())) == (1, 2)
    assert "is a tag that moves" in said or "is not REVISION or REVISION@sha256:DIGEST" in said
    assert clone.git("rev-parse", "HEAD") == head


@pytest.fixture
def public(tmp_path: Path, clone: Clone) -> Iterator[Registry]:
    """A registry that is not this machine's, which the clone releases from."""
    certificate = make_certificate(tmp_path)
    with serve_registry(certificate) as public:
        clone.environment |= {"SERVING_PUSH": f"127.0.0.1:{public.port}", "SSL_CERT_FILE": str(certificate)}
        yield public


def test_from_a_registry_the_digest_is_deployed(clone: Clone, public: Registry) -> None:
    version = f"{ONE}@{public.digest(ONE)}"
    status, said = clone.run("hack/release", "--tag", ONE)
    assert (status, f"main names {version}, " in said) == (0, True), said
    assert clone.tag("origin/main") == version
    assert clone.git("log", "-1", "--format=%s") == f"Release {ONE[:12]}"
    status, said = clone.run("hack/release", "--tag", version)
    assert (status, f"{version} is what the manifests name already" in said) == (0, True)
    status, said = clone.run("hack/release")  # nothing that an image is made of has changed: HEAD is no ancestor of it
    assert status == 0, said


def test_a_digest_of_another_image_is_refused(clone: Clone, public: Registry, registry: Registry) -> None:
    tag = clone.tag()
    for more in ({}, {"SERVING_PUSH": f"localhost:{registry.port}"}):
        status, said = clone.run("hack/release", "--tag", f"{ONE}@{DIGEST.partition('@')[2]}", **more)
        assert (status, f"has another image of {ONE}: {public.digest(ONE)}" in said) == (1, True)
    assert clone.tag() == tag


def test_an_older_image_is_refused_by_its_digest_too(clone: Clone, public: Registry) -> None:
    older = clone.commit("predictor/server.py", "1\n", "Older")
    newer = clone.commit("predictor/server.py", "2\n", "Newer")
    assert clone.run("hack/release")[0] == 0
    assert clone.tag() == f"{newer}@{public.digest(newer)}"
    status, said = clone.run("hack/release", "--tag", older)
    assert (status, f"is older than what is released now ({newer}@" in said) == (1, True)


def test_an_image_that_is_in_no_registry_but_this_machines_does_not_replace_one_by_its_digest(
    clone: Clone, public: Registry, registry: Registry
) -> None:
    released = clone.commit("predictor/server.py", "1\n", "A change of code")
    assert clone.run("hack/release")[0] == 0
    here = {"SERVING_PUSH": f"localhost:{registry.port}"}
    for arguments in ([], ["--tag", ONE]):
        status, said = clone.run("hack/release", *arguments, **here)
        assert (status, "in this machine's registry alone" in said) == (1, True)
    assert clone.tag("origin/main") == f"{released}@{public.digest(released)}"
    clone.git("branch", "--unset-upstream")
    assert clone.run("hack/release", **here)[0] == 0
    assert clone.tag() == released


@pytest.mark.parametrize("name", ["registry.example.com:5000/team/pets", "team/pets", IMAGE_PATH])
def test_the_manifests_may_name_any_registry(clone: Clone, registry: Registry, name: str) -> None:
    text = (clone.folder / FILE).read_text().replace(f"IMAGE={IMAGE}\n", f"IMAGE={name}\n")
    clone.commit(FILE, text + "# another image\n", "Another image")
    registry.path = name.removeprefix("registry.example.com:5000/")
    status, said = clone.run("hack/release", "--tag", ONE)
    assert (status, clone.tag()) == (0, ONE), said
