"""One parser for images by tag and by digest, and for registries with a port."""

import pytest

from tests.smoke.image_reference import ImageReference

REVISION = "3f" * 20
DIGEST = "sha256:" + "a1" * 32


@pytest.mark.parametrize("name", ["ghcr.io/catdog-team/catdog", "localhost:5001/catdog-team/catdog", "catdog"])
@pytest.mark.parametrize("digest", ["", DIGEST])
def test_reads_what_it_writes(name: str, digest: str) -> None:
    reference = ImageReference(name, REVISION, digest)
    assert ImageReference.parse(str(reference)) == reference


def test_the_version_is_what_a_person_reads_in_the_manifests() -> None:
    assert ImageReference.parse(f"ghcr.io/a/b:{REVISION}").version == REVISION
    assert ImageReference.parse(f"ghcr.io/a/b:{REVISION}@{DIGEST}").version == f"{REVISION}@{DIGEST}"


@pytest.mark.parametrize(
    "text", ["", "ghcr.io/a/b", "localhost:5001/a/b", f"ghcr.io/a/b@{DIGEST}", "ghcr.io/a/b:x@sha256:12", "a b:c"]
)
def test_refuses_what_names_no_revision(text: str) -> None:
    with pytest.raises(ValueError, match="is not NAME:REVISION"):
        ImageReference.parse(text)
