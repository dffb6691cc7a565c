"""One server for all tests that leave it as it was, and photos with the answers that the model itself gives.

Tests marked `image` need nothing but its address: where SERVING_TEST_SERVER names one, they ask the server there, whose
model is the file SERVING_TEST_MODEL (hack/run-image).
"""

import base64
import io
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from model.contract.exported import ExportedModel, load_exported
from model.contract.metadata import read_metadata
from model.contract.preprocess import preprocess
from model.fetch.sample import draw
from tests.integration.server_process import MODEL, Server, ServerProcess

CLASSES: list[str] = read_metadata(MODEL)["classes"]


@dataclass(frozen=True)
class Photo:
    """An encoded photo, and the probabilities that the model gives for it in this process."""

    data: bytes
    size: tuple[int, int]
    expected: NDArray[np.float32]

    @property
    def label(self) -> str:
        return CLASSES[self.expected.argmax()]

    @property
    def b64(self) -> str:
        return base64.b64encode(self.data).decode()

    @property
    def instance(self) -> dict[str, dict[str, str]]:
        return {"image": {"b64": self.b64}}


def pytest_configure(config: pytest.Config) -> None:
    # the SDK warns of itself when it is imported for its gRPC stubs
    config.addinivalue_line("filterwarnings", "ignore::DeprecationWarning:kserve.*")


@pytest.fixture(scope="session")
def exported() -> ExportedModel:
    return load_exported(MODEL)


@pytest.fixture(scope="session")
def photos(exported: ExportedModel) -> list[Photo]:
    """Cats and dogs, as JPEG, PNG and WebP."""

    def photo(seed: int) -> Photo:
        image = draw(("cat", "dog")[seed % 2], seed)
        file = io.BytesIO()
        image.save(file, ("JPEG", "JPEG", "PNG", "WEBP")[seed % 4])
        pixels = preprocess(file.getvalue(), exported.size)
        return Photo(file.getvalue(), image.size, exported.predict(pixels[None])[0])

    return [photo(seed) for seed in range(8)]


@pytest.fixture(scope="session")
def photo(photos: list[Photo]) -> Photo:
    return photos[0]


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    if url := os.environ.get("SERVING_TEST_SERVER"):
        yield Server.at(url)
        return
    with ServerProcess(tmp_path_factory.mktemp("server")) as server:
        yield server


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """For files of one test, such as the output of its own server."""
    return tmp_path
