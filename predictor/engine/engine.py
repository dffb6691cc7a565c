"""The hot path: waiting requests to answers, on all cores, in batches that form by themselves.

Each thread takes a request and decodes it; while more wait it takes and decodes those too, up to a batch; then it
runs the model once for all of them. No request waits for a batch to fill: a lone request runs at once, and the
busier the server, the larger the batches and the less each request costs. The requests of a client that is alone
run on the event loop itself, because waking a thread, and the event loop again, takes a tenth of their time; but not
where its photos take long (see decoder.py).
"""

import asyncio
import threading
import time
from collections.abc import Callable
from pathlib import Path
from queue import Empty, SimpleQueue

import numpy as np

from model.contract.exported import ExportedModel, check_golden, load_exported
from predictor.engine.answer import Answer, make_answer
from predictor.engine.decoder import Decoder, TakesLong
from predictor.engine.job import Job, deliver
from predictor.limits import Limits
from predictor.telemetry.metrics import Metrics


class Engine:
    """Threads that decode photos and run the model. Start it inside the event loop that awaits its answers.

    Args:
        model: gives probabilities for pixels.
        limits: `max_pixels` and `max_decode_bytes` count here.
        metrics: where batches are counted.
        threads: how many batches run side by side.
        max_batch: most requests, and most photos in one forward pass.
    """

    def __init__(self, model: ExportedModel, limits: Limits, metrics: Metrics, threads: int, max_batch: int):
        self.model, self.metrics = model, metrics
        self.classes, self.unsure_below = model.classes, model.unsure_below
        self._decoder = Decoder(model.size, limits)
        self.thread_count, self.max_batch = threads, max_batch
        self._queue: SimpleQueue[Job | None] = SimpleQueue()  # None ends a thread
        self._unanswered = 0
        self._latest: object = None  # connection of the latest request
        self._loop: asyncio.AbstractEventLoop
        self._threads: list[threading.Thread] = []
        metrics.queue_depth.set_function(self.waiting)

    def waiting(self) -> int:
        """Requests that wait for a thread."""
        return self._queue.qsize()

    def warm_up(self) -> None:
        """Runs the model once for one photo and once for a whole batch: TorchScript optimises in its first runs."""
        for count in (1, self.max_batch):
            self.model.predict(np.zeros((count, self.model.size, self.model.size, 3), np.uint8), self.max_batch)

    def start(self) -> None:
        """Starts the threads; answers go to the running event loop."""
        self._loop = asyncio.get_running_loop()
        self._threads = [
            threading.Thread(target=self._work, name=f"engine-{i}", daemon=True) for i in range(self.thread_count)
        ]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Ends the threads once all requests that wait are answered."""
        for _ in self._threads:
            self._queue.put(None)
        for thread in self._threads:
            thread.join()

    async def answer(
        self, decode: Callable[[], list[bytes]], is_gone: Callable[[], bool] = lambda: False, connection: object = None
    ) -> Answer:
        """Classifies the photos of one request that was admitted (see admission.py).

        Args:
            decode: gives the encoded photos; runs in a thread of the engine, or on the event loop.
            is_gone: whether the client has left, so that the work can be skipped.
            connection: that of the client, where the request is so small that others may wait for it.

        Raises:
            Refused: whatever is wrong with the request or its photos.
        """
        is_alone = connection is not None and connection == self._latest and not self._unanswered
        job = Job(decode, is_gone, asyncio.get_running_loop().create_future(), is_alone)
        self._latest = connection
        self._unanswered += 1
        try:
            if not (is_alone and self._run_on_event_loop(job)):
                self._queue.put(job)
            return await job.future
        finally:
            self._unanswered -= 1
            # else an error, this frame and the job hold each other, and the request, until garbage is collected
            del job

    def _take(self) -> Job | None:
        """The next request that waits, if any."""
        try:
            job = self._queue.get_nowait()
        except Empty:
            return None
        if job is None:
            self._queue.put(None)  # it ends a thread that waits in _work
        return job

    def _work(self) -> None:
        while job := self._queue.get():
            self._loop.call_soon_threadsafe(deliver, self._run(job))

    def _run_on_event_loop(self, job: Job) -> bool:
        """Answers a request here and now; False: it takes too long for that."""
        try:
            deliver(self._run(job))
        except TakesLong:
            job.start_anew_in_thread()
            return False
        return True

    def _run(self, job: Job) -> list[Job]:
        """Works on a request and on those that wait, up to a batch, and returns them."""
        start = time.perf_counter()
        jobs = [job]
        photos = self._decoder.decode(job)
        while photos < self.max_batch and len(jobs) < self.max_batch and (another := self._take()):
            jobs.append(another)
            photos += self._decoder.decode(another)
        decoded = time.perf_counter()
        try:
            self._classify(jobs)
        except Exception as error:  # a bug, not bad input: every request of the batch fails
            for each in jobs:
                each.result = each.result or error
        self.metrics.observe_batch(len(jobs), decoded - start, time.perf_counter() - decoded)
        return jobs

    def _classify(self, jobs: list[Job]) -> None:
        good = [job for job in jobs if job.result is None]
        if not good:
            return
        pixels = [photo for job in good for photo in job.pixels]
        probabilities = self.model.predict(np.stack(pixels), self.max_batch)
        end, first = time.perf_counter(), 0
        for job in good:
            rows = probabilities[first : first + len(job.pixels)]
            samples = [photo[::8, ::8] for photo in job.pixels]
            brightness = [int(sample.sum()) / sample.size for sample in samples]  # numpy's mean takes longer
            waited, worked = job.taken_at - job.queued_at, end - job.taken_at
            job.result = make_answer(self.classes, rows, job.sizes, brightness, waited, self.unsure_below, worked)
            first += len(job.pixels)


def load_engine(path: Path, limits: Limits, metrics: Metrics, threads: int, max_batch: int) -> Engine:
    """Reads the model file, checks its golden answers and warms up; see Engine for the arguments.

    Raises:
        Mistake: the file is missing or damaged, or the model does not answer as it did when it was exported.
    """
    start = time.perf_counter()
    model = load_exported(path)
    check_golden(model)
    engine = Engine(model, limits, metrics, threads, max_batch)
    engine.warm_up()
    metrics.model_load_seconds.set(time.perf_counter() - start)
    return engine
