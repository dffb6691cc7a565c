"""Bodies that still arrive when the server ends: a pod's grace period is longer than the longest of them."""

import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest

from predictor.limits import CLOSING_SECONDS, LAST_BODY_SECONDS, Limits
from tests.integration.conftest import Photo
from tests.integration.raw import Connection, post
from tests.integration.server_process import ServerProcess, eventually

LIMITS = Limits(drain_seconds=1)


@pytest.fixture
def server(folder: Path) -> Iterator[ServerProcess]:
    with ServerProcess(folder, "--drain_seconds", LIMITS.drain_seconds) as server:
        yield server


def test_bodies_that_still_arrive(server: ServerProcess, photo: Photo) -> None:
    """One that is whole in time is answered, one that is not is refused, and the server ends in time."""
    whole = post({"instances": [photo.instance]})
    with Connection(server.http_port) as late, Connection(server.http_port) as endless:
        late.send(whole[:-100])
        endless.send(whole[:-100])
        server.process.send_signal(signal.SIGTERM)
        start = time.monotonic()
        eventually(lambda: not server.is_ready(), what="not ready")
        time.sleep(LIMITS.drain_seconds + CLOSING_SECONDS)
        late.send(whole[-100:])
        answer = late.receive()
        assert (answer.status, answer.is_last) == (200, True)
        refusal = endless.receive()
        assert (refusal.status, refusal.is_last) == (503, True)
        assert b"before the body has arrived" in refusal.body
        assert time.monotonic() - start < LIMITS.drain_seconds + CLOSING_SECONDS + LAST_BODY_SECONDS + 2
    assert server.end() == 0
    assert time.monotonic() - start < LIMITS.longest_end_seconds


def test_a_call_whose_message_never_comes(server: ServerProcess, photo: Photo) -> None:
    """gRPC ends while HTTP does: together with a body that never ends, it does not take longer."""
    never = threading.Event()
    with Connection(server.http_port) as endless, grpc.insecure_channel(f"127.0.0.1:{server.grpc_port}") as channel:
        grpc.channel_ready_future(channel).result(30)
        call = channel.stream_unary("/inference.GRPCInferenceService/ModelInfer").future(iter(never.wait, None))
        endless.send(post({"instances": [photo.instance]})[:-100])
        time.sleep(0.5)  # the call has reached the server
        server.process.send_signal(signal.SIGTERM)
        start = time.monotonic()
        assert server.end() == 0
        assert time.monotonic() - start < LIMITS.longest_end_seconds
        assert call.code() in (grpc.StatusCode.CANCELLED, grpc.StatusCode.UNAVAILABLE)
        never.set()
