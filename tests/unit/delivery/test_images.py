"""What the scripts about images refuse, with a docker that only says what it is asked to say."""

from pathlib import Path

import pytest

from tests.unit.delivery.clones import Clone, write_program
from tests.unit.delivery.registry import IMAGE_PATH, Registry

REVISION, DIGEST, OTHER = "a" * 40, f"sha256:{'b' * 64}", f"sha256:{'c' * 64}"
IMAGE = f"ghcr.io/{IMAGE_PATH}@{DIGEST}"


def use_docker(clone: Clone, label: str = REVISION, pushed: str = DIGEST) -> None:
    write_program(
        clone.programs, "docker",
        f'echo "$@" >> {clone.programs}/calls\n'
        f'case $1 in image) echo "{label}" ;; push) echo "tag: digest: {pushed} size: 9" ;; esac',
    )  # fmt: skip


@pytest.fixture
def clone(clones: list[Clone], registry: Registry) -> Clone:
    registry.missing.add(REVISION)  # the tag is free
    use_docker(clones[0])
    return clones[0]


@pytest.fixture
def name(registry: Registry) -> str:
    return f"localhost:{registry.port}/{IMAGE_PATH}"


def pushed(clone: Clone) -> list[str]:
    calls = clone.programs / "calls"
    return [line.split()[1] for line in calls.read_text().splitlines() if line.startswith("push")]


def test_the_tag_is_the_revision(clone: Clone, name: str) -> None:
    status, said = clone.run("hack/tag-image", f"{name}@{DIGEST}")
    assert status == 0, said
    assert f"tag {name}@{DIGEST} {name}:{REVISION}\n" in (clone.programs / "calls").read_text()
    assert pushed(clone) == [f"{name}:{REVISION}"]


def test_tags_for_people_move(clone: Clone, registry: Registry, name: str) -> None:
    """Also when the workflow is run again after it has given the revision its tag."""
    more = [f"{name}:main", f"{name}:latest"]
    assert clone.run("hack/tag-image", f"{name}@{DIGEST}", "main", "latest")[0] == 0
    assert pushed(clone) == [f"{name}:{REVISION}", *more]
    registry.missing.clear()
    use_docker(clone, pushed=registry.digest(REVISION))
    status, said = clone.run("hack/tag-image", f"{name}@{registry.digest(REVISION)}", "main", "latest")
    assert (status, "already" in said, pushed(clone)[3:]) == (0, True, more)


@pytest.mark.parametrize("tag", ["b" * 40, "a/b", "a:b", "1"])
def test_the_tag_of_a_revision_never_moves(clone: Clone, name: str, tag: str) -> None:
    status, said = clone.run("hack/tag-image", f"{name}@{DIGEST}", tag)
    assert (status, f"{tag} is no tag that may be moved" in said) == (1, True)
    assert not (clone.programs / "calls").exists()


@pytest.mark.parametrize("failure", [(500, b""), (401, b""), (404, b"<html>")])
def test_nothing_is_tagged_when_the_registry_gives_no_answer(
    clone: Clone, registry: Registry, name: str, failure: tuple[int, bytes]
) -> None:
    registry.failure = failure
    status, said = clone.run("hack/tag-image", f"{name}@{DIGEST}", "main")
    assert (status, "gives no answer about" in said, pushed(clone)) == (2, True, [])


def test_a_tag_is_no_digest(clone: Clone) -> None:
    status, said = clone.run("hack/tag-image", f"ghcr.io/{IMAGE_PATH}:candidate")
    assert (status, "has no digest" in said) == (1, True)


def test_an_image_of_nowhere(clone: Clone) -> None:
    use_docker(clone, label="unknown")
    status, said = clone.run("hack/tag-image", IMAGE)
    assert (status, "does not say which commit" in said) == (1, True)


def test_a_tag_that_is_taken_stays(clone: Clone, registry: Registry, name: str) -> None:
    registry.missing.clear()
    status, said = clone.run("hack/tag-image", f"{name}@{DIGEST}", "main")
    assert (status, f"hack/release --tag {REVISION}" in said, registry.digest(REVISION) in said) == (1, True, True)
    assert pushed(clone) == []


def test_other_bytes_are_noticed(clone: Clone, name: str) -> None:
    use_docker(clone, pushed=OTHER)
    status, said = clone.run("hack/tag-image", f"{name}@{DIGEST}")
    assert (status, f"another image of it: {OTHER}" in said) == (1, True)


def test_a_vulnerability_with_a_fix_is_refused(clone: Clone) -> None:
    write_program(clone.programs, "syft", "exit 0")
    write_program(clone.programs, "grype", f'echo "$@" > {clone.programs}/calls; exit 2')
    status, said = clone.run("hack/scan-image", IMAGE, "sbom.json")
    assert (status, "vulnerabilities that are fixed already" in said) == (1, True)
    assert (clone.programs / "calls").read_text() == "sbom:sbom.json --only-fixed --fail-on high\n"


def test_only_a_workflow_signs(clone: Clone) -> None:
    write_program(clone.programs, "cosign", f'echo "$@" >> {clone.programs}/calls')
    status, said = clone.run("hack/sign-image", IMAGE, GITHUB_WORKFLOW_REF="")
    assert (status, "only a workflow can sign" in said) == (1, True)
    name = "some/one/.github/workflows/release.yml@refs/heads/main"
    status, said = clone.run("hack/sign-image", IMAGE, GITHUB_WORKFLOW_REF=name, GITHUB_SERVER_URL="https://github.com")
    assert status == 0, said
    sign, verify = (clone.programs / "calls").read_text().splitlines()
    assert sign == f"sign --yes {IMAGE}"
    assert f"--certificate-identity https://github.com/{name} " in verify


def test_a_diagnosis_is_written_whatever_is_broken(clone: Clone, tmp_path: Path) -> None:
    for name in ("kubectl", "kind", "docker"):
        write_program(clone.programs, name, "echo there is no cluster >&2; exit 1")
    status, said = clone.run("hack/diagnose", str(tmp_path / "diagnosis"))
    assert status == 0, said
    written = {path.name: path.read_text() for path in (tmp_path / "diagnosis").iterdir()}
    assert "exit status 1" in written["application.yaml"]
    assert "All of it" in written["commits.txt"]
    assert {"verdict.txt", "pods.txt", "events.txt", "smoke.log", "steward.log", "kind.txt"} <= written.keys()
