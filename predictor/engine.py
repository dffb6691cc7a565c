"""The hot path: waiting requests to answers, on all cores, in batches that form by themselves.

Each thread takes a request and decodes it; as long as more wait it takes and decodes those too, up to a batch; then it
classifies all of them at once. Nobody ever waits for a batch to fill: a lone request runs at once, and the busier the
server, the larger and the cheaper the batches.
"""

import asyncio
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from model.exported import ExportedModel
from model.preprocess import BadImage, read_photo
from predictor.answer import Answer, make_answer
from predictor.errors import Refused
from predictor.limits import Limits
from predictor.metrics import Metrics

OVERLOADED = "the server is full: try again in a second"


@dataclass(slots=True)
class _Job:
    read: Callable[[], list[bytes]]
    weight: int
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
        self._waiting: deque[_Job] = deque()
        self._waiting_bytes = 0
        self._changed = threading.Condition()
        self._stopping = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._threads: list[threading.Thread] = []
        metrics.queue_depth.set_function(lambda: len(self._waiting))

    def start(self) -> None:
        """Starts the threads; answers go to the running event loop."""
        self._loop = asyncio.get_running_loop()
        self._threads = [
            threading.Thread(target=self._work, name=f"engine-{i}", daemon=True) for i in range(self.thread_count)
        ]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Ends the threads once nothing waits."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        for thread in self._threads:
            thread.join()

    @property
    def is_full(self) -> bool:
        """Whether the next request would be refused."""
        return len(self._waiting) >= self.limits.max_waiting or self._waiting_bytes >= self.limits.max_waiting_bytes

    async def answer(
        self, read: Callable[[], list[bytes]], weight: int, is_gone: Callable[[], bool] = lambda: False
    ) -> Answer:
        """Classifies the photos of one request.

        Args:
            read: gives the encoded photos; runs in a thread of the engine.
            weight: bytes held while it waits.
            is_gone: whether the client has left, so that the work can be spared.

        Raises:
            Refused: 503 when too many wait, or whatever is wrong with the request.
        """
        if self.is_full:
            raise Refused(503, OVERLOADED)
        job = _Job(read, weight, is_gone, asyncio.get_running_loop().create_future())
        with self._changed:
            self._waiting.append(job)
            self._waiting_bytes += weight
            self._changed.notify()
        return await job.future

    def _take(self, wait: bool) -> _Job | None:
        """The next request; None when there is none, or, if it should wait for one, when the engine stops."""
        with self._changed:
            while wait and not self._waiting and not self._stopping:
                self._changed.wait()
            if not self._waiting:
                return None
            job = self._waiting.popleft()
            self._waiting_bytes -= job.weight
            return job

    def _work(self) -> None:
        while job := self._take(wait=True):
            start = time.perf_counter()
            jobs = [job]
            photos = self._decode(job)
            while photos < self.max_batch and len(jobs) < self.max_batch and (another := self._take(wait=False)):
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
        if isinstance(job.result, Answer):
            job.future.set_result(job.result)
        else:
            job.future.set_exception(job.result)
