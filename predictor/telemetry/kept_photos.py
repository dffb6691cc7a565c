"""Photos of traffic as files, with their answers: a bounded random sample, the unsure ones first (--keep_photos)."""

import random
import sys
import threading
import time
from collections.abc import Callable
from queue import Empty, Full, Queue
from typing import TYPE_CHECKING

from predictor.identity import Identity
from predictor.telemetry.clients import TRAFFIC
from predictor.telemetry.kept_folder import Description, KeptFolder
from predictor.telemetry.metrics import Metrics

if TYPE_CHECKING:
    from predictor.telemetry.request_log import FinishedRequest

MOST_WAITING = 8  # requests
MOST_WAITING_BYTES = 32 * 2**20  # of their bodies: they are held once more than the limits on requests say
LONGEST_PAUSE_SECONDS = 60.0  # between two looks for photos whose time is over
STOP_SECONDS = 2.0


class KeptPhotos:
    """Chooses photos on the event loop, without waiting; decodes and writes them in a thread of its own.

    Args:
        folder: where they are kept, and how many.
        identity: revision and model version stand beside each photo.
        metrics: where kept photos and failures are counted.
    """

    def __init__(self, folder: KeptFolder, identity: Identity, metrics: Metrics):
        self._folder, self._identity, self._metrics = folder, identity, metrics
        self._waiting: Queue[tuple[FinishedRequest, dict[int, float]] | None] = Queue(MOST_WAITING)
        self._lock = threading.Lock()
        self._waiting_bytes = 0
        self._is_told = False  # that photos cannot be kept
        self._thread = threading.Thread(target=self._work, name="kept-photos", daemon=True)
        self._thread.start()

    def offer(self, request: "FinishedRequest") -> None:
        """Takes the photos of a request that were drawn; none while too many others wait to be written."""
        if request.client != TRAFFIC or not request.answer or not request.photos:
            return
        drawn = {index: random.random() for index in range(len(request.answer.labels))}  # noqa: S311  (no secret)
        chosen = {i: draw for i, draw in drawn.items() if self._folder.would_keep(request.answer.unsure[i], draw)}
        size = request.photos.size
        with self._lock:
            if not chosen or self._waiting_bytes + size > MOST_WAITING_BYTES:
                return
            try:
                self._waiting.put_nowait((request, chosen))
                self._waiting_bytes += size
            except Full:
                pass  # others come: it is a sample

    def stop(self) -> None:
        """Writes what waits, for STOP_SECONDS at most."""
        try:
            self._waiting.put(None, timeout=STOP_SECONDS)
        except Full:
            return
        self._thread.join(STOP_SECONDS)

    def _work(self) -> None:
        self._try(self._folder.open)
        while True:
            try:
                item = self._waiting.get(timeout=min(LONGEST_PAUSE_SECONDS, self._folder.seconds / 2))
            except Empty:
                self._try(self._folder.drop_old)
                continue
            if item is None:
                return
            self._keep(*item)
            size = item[0].photos.size if item[0].photos else 0
            del item  # else the request is in memory until the next one comes
            with self._lock:
                self._waiting_bytes -= size

    def _keep(self, request: "FinishedRequest", chosen: dict[int, float]) -> None:
        """Decodes the request a second time: keeping every request's photos until they are drawn would take memory."""
        assert request.answer
        assert request.photos
        self._try(self._folder.drop_old)
        photos, answer = request.photos.decode(), request.answer
        for index, draw in chosen.items():
            description: Description = {
                "request_id": request.request_id,
                "index": index,
                "label": answer.labels[index],
                "confidence": answer.confidences[index],
                "unsure": answer.unsure[index],
                "revision": self._identity.revision,
                "model_version": self._identity.model_version,
                "time": round(time.time(), 3),
            }
            self._try(self._folder.keep, photos[index], description, draw)

    def _try(self, action: Callable[..., None], *arguments: object) -> None:
        try:
            action(*arguments)
        except OSError as error:
            self._metrics.kept_photos_failures.inc()
            if not self._is_told:
                self._is_told = True
                why = error.strerror or str(error)
                print(f"warning: photos are not kept in {self._folder.path}: {why}", file=sys.stderr, flush=True)
        self._metrics.kept_photos.set(len(self._folder))
