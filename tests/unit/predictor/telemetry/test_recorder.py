import asyncio
import json
import os

import pytest
from prometheus_client import CollectorRegistry

from predictor.identity import Identity
from predictor.telemetry.metrics import Metrics
from predictor.telemetry.recorder import ROUTES_NOT_LOGGED, Recorder
from predictor.telemetry.request_log import FinishedRequest, RequestLog
from predictor.telemetry.stats import Stats

IDENTITY = Identity("catdog", "0123abc", "4567def")


def logged(*requests: FinishedRequest) -> list[dict[str, object]]:
    """The lines of these requests."""
    reader, writer = os.pipe()

    async def record() -> None:
        recorder = Recorder(Metrics(CollectorRegistry()), Stats(IDENTITY), RequestLog(IDENTITY, writer))
        for request in requests:
            recorder.record(request)
        await asyncio.sleep(0)

    asyncio.run(record())
    os.close(writer)
    with os.fdopen(reader) as lines:
        return [json.loads(line) for line in lines]


@pytest.mark.parametrize("route", ROUTES_NOT_LOGGED)
def test_probes_and_scrapes_are_logged_when_they_fail(route: str) -> None:
    good, bad = FinishedRequest("1", route, 200, 0.1), FinishedRequest("2", route, 500, 0.1, None, "why", "where")
    (line,) = logged(good, bad)
    assert (line["request_id"], line["level"], line["error"], line["traceback"]) == ("2", "error", "why", "where")


def test_other_routes_are_always_logged() -> None:
    assert len(logged(*(FinishedRequest(str(status), "predict", status, 0.1) for status in (200, 400, 500)))) == 3
