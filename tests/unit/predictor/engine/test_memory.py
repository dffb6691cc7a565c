"""Shares of the memory for decoding: bounded, in the order of asking, and never kept."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from model.contract.errors import BadImage
from predictor.engine.memory import DecodingMemory

SECONDS = 10


def test_more_than_there_is_is_refused() -> None:
    memory = DecodingMemory(100 * 2**20)
    sentence = "decoding the image takes 101 MiB, more than the limit of 100 MiB: send it with fewer pixels"
    with pytest.raises(BadImage, match=sentence), memory.share(100 * 2**20 + 1):
        pass
    with memory.share(100 * 2**20):
        pass


def test_shares_never_exceed_the_limit() -> None:
    memory, lock, taken, most = DecodingMemory(100), threading.Lock(), 0, 0

    def take(size: int) -> None:
        nonlocal taken, most
        with memory.share(size):
            with lock:
                taken += size
                most = max(most, taken)
            threading.Event().wait(0.001)
            with lock:
                taken -= size

    with ThreadPoolExecutor(16) as pool:
        for task in [pool.submit(take, size) for size in [1, 40, 70, 100, 7, 33] * 20]:
            task.result(SECONDS)
    assert 50 < most <= 100


def test_a_large_share_is_not_overtaken() -> None:
    """Those that ask later wait, although they would fit: else a large one might never get its turn."""
    memory, order = DecodingMemory(100), []

    def take(size: int, asked: threading.Event) -> None:
        asked.set()
        with memory.share(size):
            order.append(size)

    threads = []
    with memory.share(10):
        for size in (100, 20):
            asked = threading.Event()
            threads.append(threading.Thread(target=take, args=(size, asked), daemon=True))
            threads[-1].start()
            asked.wait(SECONDS)
            threading.Event().wait(0.05)
        assert order == []
    for thread in threads:
        thread.join(SECONDS)
    assert order == [100, 20]


def test_a_share_is_given_back_when_decoding_fails() -> None:
    memory = DecodingMemory(100)
    for _ in range(3):
        with pytest.raises(BadImage, match="damaged"), memory.share(100):
            raise BadImage("damaged")
