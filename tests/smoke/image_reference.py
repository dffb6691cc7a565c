"""How an image is named: NAME:REVISION, or NAME:REVISION@sha256:DIGEST where it comes from a registry.

The one parser for both forms: the pods' gate, the smoke test and hack/release use it.
"""

import re
from dataclasses import dataclass
from typing import Self

# distribution/reference: a registry may have a port; a tag has at most 128 characters
REFERENCE = re.compile(
    r"(?P<name>(?:[\w.-]+(?::\d+)?/)?[a-z0-9._/-]+?)"
    r":(?P<revision>\w[\w.-]{0,127})"
    r"(?:@(?P<digest>sha256:[0-9a-f]{64}))?",
    re.ASCII,
)


@dataclass(frozen=True)
class ImageReference:
    """An image by its name, its tag and, where it comes from a registry, its digest."""

    name: str
    """With the registry and its port, for example ghcr.io/owner/name."""
    revision: str
    """The tag: the git commit that the image was built from."""
    digest: str = ""
    """sha256:… of the very image; empty where only the tag names it."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Reads a reference.

        Raises:
            ValueError: it has no tag, or is not a reference.
        """
        found = REFERENCE.fullmatch(text)
        if not found:
            raise ValueError(f"{text!r} is not NAME:REVISION or NAME:REVISION@sha256:DIGEST")
        return cls(found["name"], found["revision"], found["digest"] or "")

    @property
    def version(self) -> str:
        """What follows the name in the manifests: REVISION, or REVISION@sha256:DIGEST."""
        return f"{self.revision}@{self.digest}" if self.digest else self.revision

    @property
    def registry(self) -> str:
        """Host and port, for example localhost:5001; docker.io where the name has none."""
        first, _, rest = self.name.partition("/")
        is_host = rest and (first == "localhost" or "." in first or ":" in first)
        return first if is_host else "docker.io"

    @property
    def path(self) -> str:
        """The name without the registry, for example owner/name."""
        return self.name.removeprefix(f"{self.registry}/")

    def __str__(self) -> str:
        return f"{self.name}:{self.version}"
