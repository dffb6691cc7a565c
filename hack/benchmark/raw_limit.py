"""The raw limit: decoding and forward pass in plain loops, without any server."""

import multiprocessing
import statistics
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from multiprocessing.queues import Queue

WARM_UP_BATCHES = 5


def _loop(
    model_path: Path, photos: list[bytes], batch: int, seconds: float, results: "Queue[tuple[float, float]]"
) -> None:
    import torch

    from model.contract.exported import load_exported
    from model.contract.preprocess import preprocess
    from predictor.process import keep_freed_memory

    keep_freed_memory()
    torch.set_num_threads(1)
    model = load_exported(model_path)
    times: list[float] = []
    first, warm_up = 0, WARM_UP_BATCHES
    while sum(times) < seconds:
        start = time.perf_counter()
        chosen = [photos[(first + i) % len(photos)] for i in range(batch)]
        model.predict(np.stack([preprocess(photo, model.size) for photo in chosen]), batch)
        first += batch
        warm_up -= 1
        if warm_up < 0:
            times.append(time.perf_counter() - start)
    results.put((len(times) * batch / sum(times), statistics.median(times) * 1000))


def raw_limit(model_path: Path, photos: list[bytes], batch: int, processes: int, seconds: float) -> dict[str, float]:
    """Runs the loop in some processes at once.

    Returns:
        `rate`, photos per second of all processes together, and `p50`, the median time of a batch in milliseconds.
    """
    spawn = multiprocessing.get_context("spawn")
    results: Queue[tuple[float, float]] = spawn.Queue()
    arguments = (model_path, photos, batch, seconds, results)
    workers = [spawn.Process(target=_loop, args=arguments) for _ in range(processes)]
    for worker in workers:
        worker.start()
    rows = [results.get(timeout=seconds + 60) for _ in workers]
    for worker in workers:
        worker.join()
    return {"rate": sum(rate for rate, _ in rows), "p50": statistics.median(p50 for _, p50 in rows)}
