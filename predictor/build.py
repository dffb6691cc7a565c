"""What is running: the commit of the code, and the version of the model."""

import os
from dataclasses import dataclass
from pathlib import Path

from model.contract.metadata import model_version


@dataclass(frozen=True)
class Build:
    """`revision` is the git commit that the image was built from, `model_version` the start of the file's sha256."""

    revision: str
    model_version: str

    @property
    def headers(self) -> list[tuple[bytes, bytes]]:
        """What every response says about who answered."""
        return [
            (b"x-catdog-revision", self.revision.encode()),
            (b"x-catdog-model-version", self.model_version.encode()),
        ]

    @property
    def fields(self) -> dict[str, str]:
        """The same for JSON."""
        return {"revision": self.revision, "model_version": self.model_version}


def read_build(model_path: Path) -> Build:
    """The revision comes from the environment, where the image's build put it."""
    return Build(os.environ.get("CATDOG_REVISION", "unknown"), model_version(model_path))
