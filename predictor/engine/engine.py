"""The hot path: waiting requests to answers, on all cores, in batches that form by themselves.

Each thread takes a request and decodes it; while more wait it takes and decodes those too, up to a batch; then it
runs the model once for all of them. No request waits for a batch to fill: a lone request runs at once, and the
busier the server, the larger the batches and the less each request costs. The requests of a client that is alone
run on the event loop itself, because waking a thread, and the event loop again, takes a tenth of their time.
"""

import asyncio
import threading
import time
from collections.abc import Callable
from pathlib import Path
from queue import Empty, SimpleQueue

import numpy as np

from model.contract.exported import ExportedModel, check_golden, load_exported
from model.contract.preprocess import BadImage, read_photo
from predictor.engine.answer import Answer, make_answer
from predictor.engine.job import Job, deliver
from predictor.engine.memory import DecodingMemory
from predictor.errors import Refused
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
        self.model, self.max_pixels, self.metrics = model, limits.max_pixels, metrics
        self.classes, self.unsure_below = model.classes, model.unsure_below
        self.memory = DecodingMemory(limits.max_decode_bytes)
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
        job = Job(decode, is_gone, asyncio.get_running_loop().create_future())
        is_alone = connection is not None and connection == self._latest and not self._unanswered
        self._latest = connection
        self._unanswered += 1
        try:
            if is_alone:
                deliver(self._run(job))
            else:
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

    def _run(self, job: Job) -> list[Job]:
        """Works on a request and on those that wait, up to a batch, and returns them."""
        start = time.perf_counter()
        jobs = [job]
        photos = self._decode(job)
        while photos < self.max_batch and len(jobs) < self.max_batch and (another := self._take()):
            jobs.append(another)
            photos += self._decode(another)
        decoded = time.perf_counter()
        try:
            self._classify(jobs)
        except Exception as error:  # a bug, not bad input: every request of the batch fails
            for each in jobs:
                each.result = each.result or error
        self.metrics.observe_batch(len(jobs), decoded - start, time.perf_counter() - decoded)
        return jobs

    def _decode(self, job: Job) -> int:
        """Fills in the job's pixels, or its result when it is refused. Returns the number of photos."""
        job.taken_at = time.perf_counter()
        try:
            for index, data in enumerate([] if job.is_over else job.decode()):
                job.result = self._read(job, index, data)
                if job.result or job.is_over:
                    break
        except Refused as refused:
            job.result = refused.with_traceback(None)  # whose frames hold the request, in a cycle with the job
        except Exception as error:
            job.result = error
        if job.is_over:
            job.result = Refused(499, "the client has left")
        return len(job.pixels)

    def _read(self, job: Job, index: int, data: bytes) -> Refused | None:
        """Adds one photo to the job, or says what is wrong with it."""
        try:
            pixels, size = read_photo(data, self.model.size, self.max_pixels, self.memory.share)
            job.pixels.append(pixels)
            job.sizes.append(size)
            return None
        except BadImage as error:
            sentence = f"instance {index}: {error}"
        return Refused(400, sentence)  # out here, it does not keep the error, whose frames hold the decoded photo

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
