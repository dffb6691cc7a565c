"""Measures the predictor, and prints a table.

The raw limit is the work of a request without any server: decode and forward in plain loops, one process a core,
in batches of 8. The server then runs alone at 1, 8, 32 and 128 clients over loopback, one photo a request. Rounds
alternate, so that a slow minute of the machine hits everything alike; of each figure the median round counts.

    hack/bench
    hack/bench --photos DIR                 real photos of about 500x375 instead of drawn ones
    hack/bench --against ../other-checkout  a second version of the server in the same rounds, to judge a change
    hack/bench --clients 128 --seconds 60   overload
"""

import argparse
import base64
import contextlib
import io
import json
import multiprocessing
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import psutil
from PIL import Image, ImageFilter

PROJECT = Path(__file__).resolve().parent.parent
PHOTO_COUNT = 40


def draw_photos() -> list[bytes]:
    """JPEGs of 500x375 pixels and about 50 KB: noise, blurred until it compresses as photos do."""
    photos = []
    for seed in range(PHOTO_COUNT):
        noise = np.random.default_rng(seed).integers(0, 256, (375, 500, 3), dtype=np.uint8)
        file = io.BytesIO()
        Image.fromarray(noise).filter(ImageFilter.GaussianBlur(0.9)).save(file, "JPEG", quality=74)
        photos.append(file.getvalue())
    return photos


def read_photos(folder: Path) -> list[bytes]:
    """The photos of a folder that are nearest to 50 KB."""
    files = [path.read_bytes() for path in folder.rglob("*.jp*g")]
    if not files:
        sys.exit(f"error: {folder} has no .jpg files")
    return sorted(files, key=lambda data: abs(len(data) - 50_000))[:PHOTO_COUNT]


def _loop(model_path: Path, photos: list[bytes], batch: int, seconds: float, results: multiprocessing.Queue) -> None:
    import torch

    from model.contract.exported import load_exported
    from model.contract.preprocess import preprocess
    from predictor.memory import keep_freed_memory

    keep_freed_memory()
    torch.set_num_threads(1)
    model = load_exported(model_path)
    times: list[float] = []
    first, warm = 0, 5
    while sum(times) < seconds:
        start = time.perf_counter()
        chosen = [photos[(first + i) % len(photos)] for i in range(batch)]
        model.predict(np.stack([preprocess(photo, model.size) for photo in chosen]), batch)
        first += batch
        warm -= 1
        if warm < 0:
            times.append(time.perf_counter() - start)
    results.put((len(times) * batch / sum(times), statistics.median(times) * 1000))


def raw_limit(model_path: Path, photos: list[bytes], batch: int, processes: int, seconds: float) -> dict[str, float]:
    """Photos per second of all processes together, and the median time of a batch in milliseconds."""
    spawn = multiprocessing.get_context("spawn")
    results = spawn.Queue()
    arguments = (model_path, photos, batch, seconds, results)
    workers = [spawn.Process(target=_loop, args=arguments) for _ in range(processes)]
    for worker in workers:
        worker.start()
    rows = [results.get(timeout=seconds + 60) for _ in workers]
    for worker in workers:
        worker.join()
    return {"rate": sum(rate for rate, _ in rows), "p50": statistics.median(p50 for _, p50 in rows)}


@contextlib.contextmanager
def running_server(project: Path, model_path: Path) -> Iterator[tuple[str, psutil.Process, float]]:
    """Starts a version of the server. Gives its URL, its process, and the seconds until it was ready."""
    with socket.socket() as first, socket.socket() as second:
        first.bind(("127.0.0.1", 0))
        second.bind(("127.0.0.1", 0))
        ports = [first.getsockname()[1], second.getsockname()[1]]
    flags = ["--http_port", str(ports[0]), "--grpc_port", str(ports[1]), "--drain_seconds", "0.1"]
    command = [sys.executable, "-m", "predictor", "--model_path", str(model_path), *flags]
    url = f"http://127.0.0.1:{ports[0]}"
    start = time.monotonic()
    environment = os.environ | {"PYTHONPATH": str(project)}
    process = subprocess.Popen(command, cwd=project, env=environment, stdout=subprocess.DEVNULL)
    try:
        while True:
            if process.poll() is not None or time.monotonic() - start > 60:
                sys.exit(f"error: the server of {project} does not start")
            with contextlib.suppress(OSError), urllib.request.urlopen(f"{url}/v1/models/catdog"):
                break
            time.sleep(0.02)
        yield url, psutil.Process(process.pid), time.monotonic() - start
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=60)


def load(url: str, bodies: Path, clients: int, seconds: int) -> dict[str, float]:
    """Runs wrk; see bench.lua for what it gives."""
    script = str(PROJECT / "hack/bench.lua")
    command = ["wrk", "-t1", f"-c{clients}", f"-d{seconds}s", "--timeout", "10s", "-s", script, url]
    run = subprocess.run(command, env=os.environ | {"BODIES": str(bodies)}, capture_output=True, text=True, check=True)
    line = next(line for line in run.stdout.splitlines() if line.startswith("RESULT "))
    result = json.loads(line.removeprefix("RESULT "))
    result["rate"] = (result["requests"] - result["refused"] - result["failed"]) / result["seconds"]
    return result


def measure(versions: dict[str, Path], args: argparse.Namespace, photos: list[bytes], bodies: Path) -> dict:
    """All rounds: figures[what] is a list of one dict a round."""
    figures: dict = {}
    for _ in range(args.rounds):
        for name, batch, processes in (("raw, batch 8", 8, os.cpu_count() or 1), ("raw, batch 1, one core", 1, 1)):
            figures.setdefault(name, []).append(raw_limit(args.model, photos, batch, processes, args.seconds))
        for version, project in versions.items():
            with running_server(project, args.model) as (url, process, ready_seconds):
                load(url, bodies, 8, 1)  # warm
                for clients in args.clients:
                    result = load(url, bodies, clients, args.seconds)
                    result |= {"memory": process.memory_info().rss / 2**20, "ready_seconds": ready_seconds}
                    figures.setdefault((version, clients), []).append(result)
    return figures


def print_table(figures: dict) -> None:
    def median(key: object, field: str) -> float:
        return statistics.median(row[field] for row in figures[key])

    best, alone = median("raw, batch 8", "rate"), median("raw, batch 1, one core", "p50")
    print(f"raw limit, all cores, batch 8   {best:6.0f} photos/s")
    print(f"raw, one photo on one core      {alone:6.2f} ms\n")
    print("version   clients   photos/s   ÷ raw   p50 ms   ÷ raw   p99 ms   503s   other errors   MiB   start s")
    for key in figures:
        if not isinstance(key, tuple):
            continue
        rate, p50 = median(key, "rate"), median(key, "p50")
        errors = median(key, "failed") + median(key, "lost")
        columns = [
            f"{key[0]:8} {key[1]:8} {rate:10.0f} {rate / best:7.2f} {p50:8.2f} {p50 / alone:7.2f}",
            f"{median(key, 'p99'):8.2f} {median(key, 'refused'):6.0f} {errors:14.0f}",
            f"{median(key, 'memory'):5.0f} {median(key, 'ready_seconds'):9.1f}",
        ]
        print(*columns)


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="hack/bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--photos", type=Path, help="folder with JPEGs; those nearest to 50 KB are sent")
    parser.add_argument("--model", type=Path, default=PROJECT / "catdog.pt", help="exported model")
    parser.add_argument("--against", type=Path, help="another checkout of this project")
    parser.add_argument("--clients", type=int, nargs="+", default=[1, 8, 32, 128], help="default: 1 8 32 128")
    parser.add_argument("--seconds", type=int, default=5, help="length of each measurement (default: 5)")
    parser.add_argument("--rounds", type=int, default=3, help="default: 3")
    args = parser.parse_args()
    args.model = args.model.resolve()
    versions = {"this": PROJECT} | ({"against": args.against.resolve()} if args.against else {})
    photos = read_photos(args.photos) if args.photos else draw_photos()
    size = statistics.mean(map(len, photos)) / 1000
    print(f"{len(photos)} photos of {size:.0f} KB, {os.cpu_count()} cores", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        bodies = Path(folder) / "bodies"
        requests = [{"instances": [{"image": {"b64": base64.b64encode(photo).decode()}}]} for photo in photos]
        bodies.write_text("".join(json.dumps(request) + "\n" for request in requests))
        print_table(measure(versions, args, photos, bodies))


if __name__ == "__main__":
    main()
