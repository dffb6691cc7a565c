"""Files of the request log: rotated, bounded, and no reason for a server to end."""

import json
import os
import resource
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client import Counter
from prometheus_client.registry import CollectorRegistry

from predictor.telemetry.log_file import MOST_WAITING, LogFile
from tests.integration.server_process import eventually

LINES = [b'{"number": %3d}\n' % number for number in range(100)]
FULL = Path("/dev/full")
needs_full = pytest.mark.skipif(not FULL.exists(), reason="this system has no /dev/full")


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture
def lost(registry: CollectorRegistry) -> Counter:
    return Counter("lost", "Lines", registry=registry)


def write(path: Path, lost: Counter, most_bytes: int = 10**6, files: int = 3) -> None:
    file = LogFile(path, most_bytes, files, lost)
    for line in LINES:
        file.write([line])
    file.stop()


def numbers(*files: Path) -> list[int]:
    return [json.loads(line)["number"] for file in files for line in file.read_text().splitlines()]


def test_all_lines(tmp_path: Path, lost: Counter, registry: CollectorRegistry) -> None:
    path = tmp_path / "made" / "predictions.jsonl"
    write(path, lost)
    write(path, lost)  # a server that starts again goes on
    assert numbers(path) == [*range(100)] * 2
    assert registry.get_sample_value("lost_total") == 0


def test_lines_of_one_turn_stay_together(tmp_path: Path, lost: Counter) -> None:
    file = LogFile(tmp_path / "log", 10**6, 2, lost)
    file.write(LINES)
    file.stop()
    assert numbers(tmp_path / "log") == [*range(100)]


@pytest.mark.parametrize("files", [1, 2, 3])
def test_size_and_number_are_bounded(tmp_path: Path, lost: Counter, files: int) -> None:
    path, size = tmp_path / "log", 10 * len(LINES[0])
    write(path, lost, size, files)
    found = [path, *(tmp_path / f"log.{number}" for number in range(1, files))]
    assert sorted(tmp_path.iterdir()) == sorted(found)
    assert all(file.stat().st_size <= size for file in found)
    assert numbers(*reversed(found)) == [*range(100 - 10 * files, 100)]


def test_a_file_that_is_too_large_already_moves_on(tmp_path: Path, lost: Counter) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"x" * 10_000)
    write(path, lost, 5_000)
    assert (tmp_path / "log.1").stat().st_size == 10_000
    assert numbers(path) == [*range(100)]


@needs_full
def test_a_full_disk_is_counted_and_said_once(
    tmp_path: Path, lost: Counter, registry: CollectorRegistry, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "log"
    path.symlink_to(FULL)
    write(path, lost)
    assert registry.get_sample_value("lost_total") == 100
    assert capfd.readouterr().err == (
        f"warning: lines of {path} are lost: No space left on device; requests are answered\n"
    )


def test_a_path_that_cannot_be_written_to(
    tmp_path: Path, lost: Counter, registry: CollectorRegistry, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    path = tmp_path / "file" / "log"
    write(path, lost)
    assert registry.get_sample_value("lost_total") == 100
    assert capfd.readouterr().err.count("\n") == 1


def test_half_a_line_is_taken_back_and_it_goes_on_when_there_is_room(
    tmp_path: Path, lost: Counter, registry: CollectorRegistry
) -> None:
    path, most = tmp_path / "log", 30 * len(LINES[0]) + 5
    file, limits = LogFile(path, 10**6, 2, lost), resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, limits[1]))  # what is beyond fails, as on a full disk
    try:
        for line in LINES[:50]:
            file.write([line])
        eventually(lambda: registry.get_sample_value("lost_total") == 20)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    for line in LINES[50:]:
        file.write([line])
    file.stop()
    assert numbers(path) == [*range(30), *range(50, 100)]
    assert registry.get_sample_value("lost_total") == 20


def test_a_rotation_that_fails_loses_lines_and_bounds_the_file(
    tmp_path: Path, lost: Counter, registry: CollectorRegistry, capfd: pytest.CaptureFixture[str]
) -> None:
    path, size = tmp_path / "log", 10 * len(LINES[0])
    (tmp_path / "log.1").mkdir()  # no file can take its place
    write(path, lost, size, 2)
    assert numbers(path) == [*range(10)]
    assert registry.get_sample_value("lost_total") == 90
    assert capfd.readouterr().err.count("\n") == 1


@pytest.fixture
def pipe(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    yield path
    os.close(os.open(path, os.O_RDONLY | os.O_NONBLOCK))  # lets the thread end


def test_a_disk_that_hangs_keeps_nobody_waiting(pipe: Path, lost: Counter, registry: CollectorRegistry) -> None:
    file = LogFile(pipe, 10**6, 2, lost)  # opening a pipe that nobody reads waits

    def write_all() -> None:
        for line in LINES * 20:
            file.write([line])

    writer = threading.Thread(target=write_all)
    writer.start()
    writer.join(30)
    assert not writer.is_alive()
    assert registry.get_sample_value("lost_total") == pytest.approx(len(LINES) * 20 - MOST_WAITING, abs=1)
