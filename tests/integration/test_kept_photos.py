"""`--keep_photos`, as whoever labels photos later finds them."""

import json
import signal
from pathlib import Path

import grpc
from kserve.protocol.grpc.grpc_predict_v2_pb2_grpc import GRPCInferenceServiceStub

from tests.integration.conftest import Photo
from tests.integration.server_process import ServerProcess, eventually
from tests.integration.test_grpc import request
from tests.integration.test_v2 import PATH, image


def test_photos_of_traffic_are_kept(folder: Path, photos: list[Photo]) -> None:
    kept = folder / "kept"
    with ServerProcess(folder / "server", "--keep_photos", kept, "--drain_seconds", 0.1) as server:
        server.predict(*(photo.instance for photo in photos), headers={"x-request-id": "v1"})
        server.predict(photos[0].instance, headers={"user-agent": "predictor-judge"})
        server.post(PATH, json={"inputs": [image([photos[0].b64])]}, headers={"x-request-id": "../v2"})
        with grpc.insecure_channel(f"127.0.0.1:{server.grpc_port}") as channel:
            call = GRPCInferenceServiceStub(channel).ModelInfer
            call(request([photos[1].data]), metadata=[("x-request-id", "grpc")])
        count = f"predictor_kept_photos {len(photos) + 2}.0"
        eventually(lambda: count in server.get("/metrics").text, what="all are kept")
        lines = {line["request_id"]: line for line in server.log}
        assert server.end(signal.SIGTERM) == 0
    found = [json.loads(file.read_text()) for file in kept.glob("*.json")]
    assert len(found) == len(photos) + 2
    for each in found:
        line = lines[each["request_id"]]
        assert each["label"] == line["labels"][each["index"]]
        assert each["confidence"] == line["confidences"][each["index"]]
        assert (each["revision"], each["model_version"]) == (line["revision"], line["model_version"])
    for index, photo in enumerate(photos):
        extension = ("jpg", "jpg", "png", "webp")[index % 4]
        assert (kept / f"v1-{index}.{extension}").read_bytes() == photo.data
    assert (kept / "grpc-0.jpg").read_bytes() == photos[1].data
