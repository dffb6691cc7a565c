"""What is served: the model's name and version, and the commit of the code."""

import os
import re
from dataclasses import dataclass
from pathlib import Path

from model.contract.metadata import model_version
from predictor.errors import Refused


@dataclass(frozen=True)
class Identity:
    """`revision` is the git commit that the image was built from, `model_version` the start of the file's sha256.

    `pod` is the name of the pod or container, and empty outside of one.
    """

    model_name: str
    revision: str
    model_version: str
    pod: str = ""

    @property
    def headers(self) -> list[tuple[bytes, bytes]]:
        """The headers of every HTTP response that say who answered."""
        return [
            (b"x-model-revision", self.revision.encode()),
            (b"x-model-version", self.model_version.encode()),
            *([(b"x-model-pod", self.pod.encode())] if self.pod else []),
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
    """Hashes the model file; the revision comes from SERVING_REVISION, which the image sets, the pod from HOSTNAME."""
    return Identity(model_name, os.environ.get("SERVING_REVISION", "unknown"), model_version(model_path), _pod())


def _pod() -> str:
    """HOSTNAME, which container runtimes set and most laptops do not; nothing where it is no name."""
    return name if re.fullmatch(r"[A-Za-z0-9.-]{1,253}", name := os.environ.get("HOSTNAME", "")) else ""
