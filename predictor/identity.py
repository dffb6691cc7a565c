"""What is served: the model's name and version, and the commit of the code."""

import os
from dataclasses import dataclass
from pathlib import Path

from model.contract.metadata import model_version
from predictor.errors import Refused


@dataclass(frozen=True)
class Identity:
    """`revision` is the git commit that the image was built from, `model_version` the start of the file's sha256."""

    model_name: str
    revision: str
    model_version: str

    @property
    def headers(self) -> list[tuple[bytes, bytes]]:
        """The headers of every HTTP response that say who answered."""
        return [
            (b"x-model-revision", self.revision.encode()),
            (b"x-model-version", self.model_version.encode()),
        ]

    @property
    def fields(self) -> dict[str, str]:
        """Revision and model version as fields of a JSON object."""
        return {"revision": self.revision, "model_version": self.model_version}

    def check_version(self, version: str) -> None:
        """Of a request; an empty one means any. Raises Refused (404) where it is another model version."""
        if version not in ("", self.model_version):
            raise Refused(404, f"the model has no such version; it has {self.model_version}")


def read_identity(model_name: str, model_path: Path) -> Identity:
    """Hashes the model file; the revision comes from SERVING_REVISION, which the image sets."""
    return Identity(model_name, os.environ.get("SERVING_REVISION", "unknown"), model_version(model_path))
