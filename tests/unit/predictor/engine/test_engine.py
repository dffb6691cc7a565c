"""Threads, batches, and what a request gets when something fails."""

import asyncio
import gc
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from prometheus_client import CollectorRegistry

from model.contract.exported import load_exported
from predictor.engine.answer import Answer
from predictor.engine.engine import Engine
from predictor.errors import Refused
from predictor.limits import Limits
from predictor.telemetry.metrics import Metrics
from tests.unit.photos import encoded, plain
from tests.unit.predictor.model_files import Red, described, write_model

RED, BLUE, BLACK = (encoded(plain(colour), "PNG") for colour in ((255, 0, 0), (0, 0, 255), (0, 0, 0)))

Decode = Callable[[], list[bytes]]


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture
def engine(tmp_path: Path, registry: CollectorRegistry) -> Engine:
    path = write_model(tmp_path / "model.pt", described(size=8), Red())
    return Engine(load_exported(path), Limits(max_pixels=1200), Metrics(registry), threads=1, max_batch=3)


def answers(engine: Engine, *requests: Decode, is_gone: bool = False) -> list[Answer | BaseException]:
    """What each of some requests gets that were there before the engine started."""

    async def run() -> list[Answer | BaseException]:
        tasks = [asyncio.create_task(engine.answer(decode, lambda: is_gone)) for decode in requests]
        await asyncio.sleep(0)
        assert engine.waiting() == len(requests)
        engine.start()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        engine.stop()
        assert not [thread for thread in engine._threads if thread.is_alive()]
        return results

    return asyncio.run(run())


def test_answers_belong_to_their_requests(engine: Engine, registry: CollectorRegistry) -> None:
    results = answers(engine, lambda: [RED], lambda: [BLUE, RED], lambda: [BLUE], lambda: [RED] * 5)
    labels = [result.labels for result in results if isinstance(result, Answer)]
    assert labels == [["dog"], ["cat", "dog"], ["cat"], ["dog"] * 5]
    assert registry.get_sample_value("predictor_batch_size_sum") == 4
    assert registry.get_sample_value("predictor_batch_size_count") == 2  # 3 photos fill a batch; 1 and 5 are the other
    assert registry.get_sample_value("predictor_queue_depth") == 0


def test_refusal_spares_the_rest_of_the_batch(engine: Engine) -> None:
    def refuse() -> list[bytes]:
        raise Refused(400, "of no use")

    large = encoded(plain(width=41), "PNG")
    refused, text, pixels, good = answers(engine, refuse, lambda: [RED, b"text"], lambda: [large], lambda: [RED])
    assert isinstance(good, Answer)
    assert str(refused) == "of no use"
    assert str(text).startswith("instance 1: the bytes are not a JPEG")
    assert str(pixels) == "instance 0: the image has 41x30 pixels, more than the limit of 1,200"


def test_failing_model_fails_the_batch_and_nothing_else(engine: Engine) -> None:
    first, second, third = answers(engine, lambda: [BLACK, RED], lambda: [RED], lambda: [RED])
    assert isinstance(first, torch.jit.Error)
    assert second is first
    assert isinstance(third, Answer)


def test_work_for_clients_that_left_is_skipped(engine: Engine) -> None:
    def decode() -> list[bytes]:
        pytest.fail("decoded")

    (result,) = answers(engine, decode, is_gone=True)
    assert isinstance(result, Refused)
    assert result.status == 499


def test_a_refused_request_leaves_nothing_behind(engine: Engine) -> None:
    """Errors hold frames, and frames hold photos of megabytes: without a cycle they go at once."""
    damaged = encoded(plain(), "PNG")[:-40]
    before = sys.getrefcount(damaged)
    gc.disable()
    try:
        results = answers(engine, lambda: [damaged], lambda: [RED, damaged])
        assert all(isinstance(result, Refused) for result in results)
        del results
        assert sys.getrefcount(damaged) == before
    finally:
        gc.enable()


def test_a_request_that_was_given_up_is_not_decoded(engine: Engine) -> None:
    """When the server ends it cancels what it cannot answer any more."""
    decoded: list[int] = []

    def decode() -> list[bytes]:
        decoded.append(1)
        return [RED]

    async def run() -> None:
        given_up = asyncio.create_task(engine.answer(decode))
        await asyncio.sleep(0)
        given_up.cancel()
        await asyncio.gather(given_up, return_exceptions=True)
        engine.start()
        await engine.answer(lambda: [RED])
        engine.stop()

    asyncio.run(run())
    assert decoded == []


def test_only_a_client_that_is_alone_is_answered_on_the_event_loop(engine: Engine) -> None:
    threads: list[str] = []

    def decode() -> list[bytes]:
        threads.append(threading.current_thread().name)
        return [RED]

    async def run() -> None:
        engine.start()
        for connection in (None, None, "a", "b", "a", "a", "a"):
            answer = await engine.answer(decode, connection=connection)
            assert answer.labels == ["dog"]
        others = [asyncio.create_task(engine.answer(decode, connection="b")) for _ in range(2)]
        await asyncio.sleep(0)
        await engine.answer(decode, connection="b")  # others are not answered yet
        await asyncio.gather(*others)
        engine.stop()

    asyncio.run(run())
    loop = threading.current_thread().name
    assert [name == loop for name in threads] == [False] * 5 + [True] * 2 + [False] * 3


def test_a_refusal_on_the_event_loop_is_one_as_well_and_leaves_nothing_behind(engine: Engine) -> None:
    damaged = encoded(plain(), "PNG")[:-40]
    before = sys.getrefcount(damaged)

    async def run() -> None:
        engine.start()
        for _ in range(2):
            with pytest.raises(Refused, match="instance 0: the image is damaged"):
                await engine.answer(lambda: [damaged], connection="a")
        with pytest.raises(torch.jit.Error):
            await engine.answer(lambda: [BLACK], connection="a")
        assert (await engine.answer(lambda: [RED], connection="a")).labels == ["dog"]
        engine.stop()

    gc.disable()
    try:
        asyncio.run(run())
        assert sys.getrefcount(damaged) == before
    finally:
        gc.enable()


def test_what_takes_long_is_for_a_thread_also_where_a_client_is_alone(
    engine: Engine, registry: CollectorRegistry
) -> None:
    threads: list[str] = []
    gif = encoded(plain((0, 0, 255)), "GIF")

    def decode() -> list[bytes]:
        threads.append(threading.current_thread().name)
        return [RED, gif]

    async def run() -> None:
        engine.start()
        for _ in range(2):
            assert (await engine.answer(decode, connection="a")).labels == ["dog", "cat"]
        engine.stop()

    asyncio.run(run())
    assert threads == ["engine-0", threading.current_thread().name, "engine-0"]
    assert registry.get_sample_value("predictor_batch_size_count") == 2
