"""What the scripts about images refuse, with a docker that only says what it is asked to say."""

from pathlib import Path

import pytest

from tests.unit.delivery.clones import Clone, make_clones, write_program

REVISION, DIGEST, OTHER = "a" * 40, f"sha256:{'b' * 64}", f"sha256:{'c' * 64}"
IMAGE = f"localhost:5001/catdog-team/catdog@{DIGEST}"


def use_docker(clone: Clone, label: str = REVISION, pushed: str = DIGEST) -> None:
    write_program(
        clone.programs, "docker",
        f'echo "$@" >> {clone.programs}/calls\n'
        f'case $1 in image) echo "{label}" ;; push) echo "tag: digest: {pushed} size: 9" ;; esac',
    )  # fmt: skip


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    (clone,) = make_clones(tmp_path, count=1)
    write_program(clone.programs, "curl", "exit 22")  # the tag is free
    use_docker(clone)
    return clone


def test_the_tag_is_the_revision(clone: Clone) -> None:
    status, said = clone.run("hack/tag-image", IMAGE)
    assert status == 0, said
    calls = (clone.programs / "calls").read_text()
    assert f"tag {IMAGE} localhost:5001/catdog-team/catdog:{REVISION}\n" in calls
    assert f"push localhost:5001/catdog-team/catdog:{REVISION}\n" in calls


def test_a_tag_is_no_digest(clone: Clone) -> None:
    status, said = clone.run("hack/tag-image", "localhost:5001/catdog-team/catdog:candidate")
    assert (status, "has no digest" in said) == (1, True)


def test_an_image_of_nowhere(clone: Clone) -> None:
    use_docker(clone, label="unknown")
    status, said = clone.run("hack/tag-image", IMAGE)
    assert (status, "does not say which commit" in said) == (1, True)


def test_a_tag_that_is_taken_stays(clone: Clone) -> None:
    write_program(clone.programs, "curl", "exit 0")
    status, said = clone.run("hack/tag-image", IMAGE)
    assert (status, f"hack/release --tag {REVISION}" in said) == (1, True)
    assert "push" not in (clone.programs / "calls").read_text()


def test_other_bytes_are_noticed(clone: Clone) -> None:
    use_docker(clone, pushed=OTHER)
    status, said = clone.run("hack/tag-image", IMAGE)
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
    assert {"verdict.txt", "pods.txt", "events.txt", "smoke.log", "catdog-steward.log", "kind.txt"} <= written.keys()
