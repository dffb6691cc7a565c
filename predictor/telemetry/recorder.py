"""One call for each request that is over: it is counted, summarised and logged."""

import asyncio

from predictor.telemetry.kept_photos import KeptPhotos
from predictor.telemetry.metrics import Metrics
from predictor.telemetry.request_log import FinishedRequest, RequestLog
from predictor.telemetry.stats import Stats

ROUTES_NOT_LOGGED = ("ready", "metrics")  # unless they fail: probes and scrapes would outnumber all other lines


class Recorder:
    """Passes finished requests on to metrics, stats and log. HTTP and gRPC share one."""

    def __init__(self, metrics: Metrics, stats: Stats, log: RequestLog, kept: KeptPhotos | None = None):
        self.metrics, self.stats, self.log, self.kept = metrics, stats, log, kept
        self._finished: list[FinishedRequest] = []

    def record(self, request: FinishedRequest) -> None:
        """Leaves the work to the next turn of the event loop: in this one the response is sent."""
        if not self._finished:
            asyncio.get_running_loop().call_soon(self._record_all)
        self._finished.append(request)

    def stop(self) -> None:
        """Records what is left, and ends the log; the server ends."""
        self._record_all()
        self.log.stop()
        if self.kept:
            self.kept.stop()

    def _record_all(self) -> None:
        finished, self._finished = self._finished, []
        for request in finished:
            if request.answer:
                self.metrics.observe_answer(request.answer, request.client)
            self.metrics.observe_request(request.route, request.status, request.seconds, request.client)
            self.stats.observe(request)
            if self.kept:
                self.kept.offer(request)
            if request.status >= 500 or request.route not in ROUTES_NOT_LOGGED:
                self.log.add(request)
        self.log.flush()
