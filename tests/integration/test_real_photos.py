"""Photos as people send them, of all sizes; not in this repository."""

import os
from pathlib import Path

import pytest

from model.contract.exported import ExportedModel
from model.settings import NAME
from tests.integration.server_process import ROOT, ServerProcess

PHOTOS = Path(os.environ.get("SERVING_PHOTOS", ROOT.parent / "shared/data/photos"))
POINTS = 0.02
AT_ONCE = 8


def test_accuracy_is_that_of_the_test_split(server: ServerProcess, exported: ExportedModel) -> None:
    """The server is as accurate as the model was on its test split."""
    labelled = [(path, label) for label in exported.classes for path in sorted((PHOTOS / label).glob("*.jpg"))]
    if not labelled:
        pytest.skip(f"there are no photos in {PHOTOS}; SERVING_PHOTOS says where others are")
    expected = exported.metadata["metrics"].get("accuracy")
    if expected is None:
        pytest.skip("the model's metadata has no accuracy")
    right = 0
    for first in range(0, len(labelled), AT_ONCE):
        some = labelled[first : first + AT_ONCE]
        tensor = [path.read_bytes() for path, _ in some]
        body = b"".join(len(photo).to_bytes(4, "little") + photo for photo in tensor)
        text = (
            f'{{"inputs": [{{"name": "image", "shape": [{len(some)}], "datatype": "BYTES", '
            f'"parameters": {{"binary_data_size": {len(body)}}}}}]}}'
        ).encode()
        headers = {"Inference-Header-Content-Length": str(len(text))}
        response = server.post(f"/v2/models/{NAME}/infer", data=text + body, headers=headers)
        answers = response.json()["outputs"][0]["data"]
        right += sum(answer == label for answer, (_, label) in zip(answers, some, strict=True))
    assert right / len(labelled) >= expected - POINTS, f"{right} of {len(labelled)} are right"
