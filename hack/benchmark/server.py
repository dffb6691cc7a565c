"""A server of some version, and the load on it."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil

from hack.server_process import free_ports, wait_ready

SCRIPT = Path(__file__).with_name("wrk.lua")
START_SECONDS = 60


@contextlib.contextmanager
def running_server(project: Path, model_path: Path) -> Iterator[tuple[str, psutil.Process, float]]:
    """Starts a version of the server. Gives its URL, its process, and the seconds until it was ready."""
    ports = free_ports(2)
    flags = ["--http_port", str(ports[0]), "--grpc_port", str(ports[1]), "--drain_seconds", "0.1"]
    command = [sys.executable, "-m", "predictor", "--model_path", str(model_path), *flags]
    url = f"http://127.0.0.1:{ports[0]}"
    start = time.monotonic()
    environment = os.environ | {"PYTHONPATH": str(project)}
    process = subprocess.Popen(command, cwd=project, env=environment, stdout=subprocess.DEVNULL)
    try:
        if not wait_ready(url, process, START_SECONDS, pause=0.02):
            sys.exit(f"error: the server of {project} does not start")
        yield url, psutil.Process(process.pid), time.monotonic() - start
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=60)


def load(url: str, bodies: Path, clients: int, seconds: int) -> dict[str, float]:
    """Runs wrk; wrk.lua says what it gives. `rate` counts answers of status 200 per second."""
    command = ["wrk", "-t1", f"-c{clients}", f"-d{seconds}s", "--timeout", "10s", "-s", str(SCRIPT), url]
    run = subprocess.run(command, env=os.environ | {"BODIES": str(bodies)}, capture_output=True, text=True, check=True)
    line = next(line for line in run.stdout.splitlines() if line.startswith("RESULT "))
    result: dict[str, float] = json.loads(line.removeprefix("RESULT "))
    result["rate"] = (result["requests"] - result["refused"] - result["failed"]) / result["seconds"]
    return result
