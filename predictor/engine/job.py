"""One request on its way through a thread of the engine."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from predictor.engine.answer import Answer


@dataclass(slots=True)
class Job:
    """A request that waits, is decoded, and gets its result.

    On the event loop it may take milliseconds: where it takes longer it starts anew, in a thread.
    """

    decode: Callable[[], list[bytes]]
    is_gone: Callable[[], bool]
    future: asyncio.Future[Answer]
    is_on_event_loop: bool = False
    queued_at: float = field(default_factory=time.perf_counter)
    taken_at: float = 0.0
    result: Answer | Exception | None = None
    pixels: list[NDArray[np.uint8]] = field(default_factory=list)
    sizes: list[tuple[int, int]] = field(default_factory=list)

    @property
    def is_over(self) -> bool:
        """Whether nobody waits for the answer: the client has left, or the server ends."""
        return self.is_gone() or self.future.done()

    def start_anew_in_thread(self) -> None:
        """Forgets what was decoded on the event loop."""
        self.is_on_event_loop = False
        self.pixels.clear()
        self.sizes.clear()


def deliver(jobs: list[Job]) -> None:
    """Gives each request its result; runs on the event loop."""
    for job in jobs:
        if job.future.done():
            continue
        if isinstance(job.result, Answer):
            job.future.set_result(job.result)
        else:
            job.future.set_exception(job.result or RuntimeError("the batch has no result"))
