"""The hot path: waiting requests to answers, on all cores, in batches that form by themselves.

Each thread takes a request and decodes it; as long as more wait it takes and decodes those too, up to a batch; then it
classifies all of them at once. Nobody ever waits for a batch to fill: a lone request runs at once, and the busier the
server, the larger and the cheaper the batches.
"""

import asyncio
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue

import numpy as np

from model.contract.exported import ExportedModel
from model.contract.preprocess import BadImage, read_photo
from predictor.answer import Answer, make_answer
from predictor.body import Held
from predictor.errors import OVERLOADED, Refused
from predictor.limits import Limits
from predictor.metrics import Metrics


@dataclass(slots=True)
class _Job:
    read: Callable[[], list[bytes]]
    is_gone: Callable[[], bool]
    future: asyncio.Future
    since: float = field(default_factory=time.perf_counter)
    taken: float = 0.0
    result: Answer | Exception | None = None
    pixels: list[np.ndarray] = field(default_factory=list)
    sizes: list[tuple[int, int]] = field(default_factory=list)


class Engine:
    """Threads that decode and classify. Start it inside the event loop that awaits its answers."""

    def __init__(self, model: ExportedModel, limits: Limits, metrics: Metrics, threads: int, max_batch: int):
        self.model, self.limits, self.metrics = model, limits, metrics
        self.thread_count, self.max_batch = threads, max_batch
        self._waiting: SimpleQueue[_Job | None] = SimpleQueue()  # None ends a thread
        self.held = Held()
        self._loop: asyncio.AbstractEventLoop
        self._threads: list[threading.Thread] = []
        metrics.queue_depth.set_function(self._waiting.qsize)

    def start(self) -> None:
        """Starts the threads; answers go to the running event loop."""
        self._loop = asyncio.get_running_loop()
        self._threads = [
            threading.Thread(target=self._work, name=f"engine-{i}", daemon=True) for i in range(self.thread_count)
        ]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Ends the threads once all that waits is answered."""
        for _ in self._threads:
            self._waiting.put(None)
        for thread in self._threads:
            thread.join()

    @property
    def is_full(self) -> bool:
        """Whether the next request would be refused."""
        return self._waiting.qsize() >= self.limits.max_waiting or self.held.bytes >= self.limits.max_held_bytes

    async def answer(
        self, read: Callable[[], list[bytes]], weight: int, is_gone: Callable[[], bool] = lambda: False
    ) -> Answer:
        """Classifies the photos of one request.

        Args:
            read: gives the encoded photos; runs in a thread of the engine.
            weight: bytes that it holds in memory.
            is_gone: whether the client has left, so that the work can be spared.

        Raises:
            Refused: 503 when too many wait, or whatever is wrong with the request.
        """
        if self.is_full:
            raise Refused(503, OVERLOADED)
        job = _Job(read, is_gone, asyncio.get_running_loop().create_future())
        self.held.bytes += weight
        self._waiting.put(job)
        try:
            return await job.future
        finally:
            self.held.bytes -= weight

    def _take(self) -> _Job | None:
        """The next request that waits, if any."""
        try:
            job = self._waiting.get_nowait()
        except Empty:
            return None
        if job is None:
            self._waiting.put(None)  # meant for a thread between batches
        return job

    def _work(self) -> None:
        while job := self._waiting.get():
            start = time.perf_counter()
            jobs = [job]
            photos = self._decode(job)
            while photos < self.max_batch and len(jobs) < self.max_batch and (another := self._take()):
                jobs.append(another)
                photos += self._decode(another)
            decoded = time.perf_counter()
            try:
                self._classify(jobs)
            except Exception as error:  # a bug, not bad input: each request of the batch learns of it
                for job in jobs:
                    job.result = job.result or error
            self.metrics.observe_batch(len(jobs), decoded - start, time.perf_counter() - decoded)
            self._loop.call_soon_threadsafe(_deliver, jobs)

    def _decode(self, job: _Job) -> int:
        """Fills in the job's pixels, or its result when it is refused. Returns the number of photos."""
        job.taken = time.perf_counter()
        if job.is_gone():
            job.result = Refused(499, "the client has left")
            return 0
        try:
            for index, data in enumerate(job.read()):
                try:
                    pixels, size = read_photo(data, self.model.size, self.limits.max_pixels)
                except BadImage as error:
                    raise Refused(400, f"instance {index}: {error}") from None
                job.pixels.append(pixels)
                job.sizes.append(size)
        except Exception as error:
            job.result = error
        return len(job.pixels)

    def _classify(self, jobs: list[_Job]) -> None:
        good = [job for job in jobs if job.result is None]
        if not good:
            return
        pixels = [photo for job in good for photo in job.pixels]
        probabilities = self.model.predict(np.stack(pixels), self.max_batch)
        first = 0
        for job in good:
            count = len(job.pixels)
            brightness = [float(photo[::8, ::8].mean()) for photo in job.pixels]
            job.result = make_answer(probabilities[first : first + count], job.sizes, brightness, job.taken - job.since)
            first += count


def _deliver(jobs: list[_Job]) -> None:
    for job in jobs:
        if job.future.done():
            continue
        if isinstance(job.result, Exception):
            job.future.set_exception(job.result)
        else:
            job.future.set_result(job.result)
