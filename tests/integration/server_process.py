"""A real server process."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import requests

from hack.server_process import free_ports
from model.settings import NAME

ROOT = Path(__file__).parents[2]
MODEL = Path(os.environ.get("SERVING_TEST_MODEL") or ROOT / "model.pt")
START_SECONDS = END_SECONDS = 120  # seconds on a quiet machine, a minute on a busy one


def eventually(check: Callable[[], Any], seconds: float = 10, what: str = "") -> Any:
    """Calls `check` again until its result is true, and gives that; fails after `seconds`."""
    deadline = time.monotonic() + seconds
    while not (result := check()):
        assert time.monotonic() < deadline, f"not within {seconds} seconds: {what or check}"
        time.sleep(0.02)
    return result


class Server:
    """A server on this machine, whoever started it."""

    def __init__(self, http_port: int, revision: str):
        self.http_port = http_port
        self.revision = revision
        self.url = f"http://127.0.0.1:{http_port}"

    @classmethod
    def at(cls, url: str) -> "Server":
        """One that runs already, such as an image's."""
        revision = requests.get(f"{url}/v1/models/{NAME}", timeout=30).json()["revision"]
        return cls(int(url.rpartition(":")[2]), revision)

    def is_ready(self) -> bool:
        try:
            return requests.get(f"{self.url}/v1/models/{NAME}", timeout=5).status_code == 200
        except requests.RequestException:
            return False

    def get(self, path: str, **options: Any) -> requests.Response:
        return requests.get(self.url + path, timeout=30, **options)

    def post(self, path: str, **options: Any) -> requests.Response:
        return requests.post(self.url + path, timeout=30, **options)

    def predict(self, *instances: object, **options: Any) -> requests.Response:
        return self.post(f"/v1/models/{NAME}:predict", json={"instances": list(instances)}, **options)

    def connect(self, seconds: float = 30) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.http_port), timeout=seconds)


class ServerProcess(Server):
    """`python -m predictor` with some flags, started at once; a `with` statement waits until it is ready.

    Its output goes to files in `folder`, which is made where it is missing.
    """

    def __init__(self, folder: Path, *flags: object, model: Path = MODEL, revision: str = "0123abc"):
        folder.mkdir(exist_ok=True)
        http_port, self.grpc_port = free_ports(2)
        super().__init__(http_port, revision)
        self.output, self.errors = folder / "stdout", folder / "stderr"
        ports = ["--http_port", http_port, "--grpc_port", self.grpc_port]
        command = [sys.executable, "-m", "predictor", "--model_path", model, *ports, *flags]
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "SERVING_REVISION": revision}
        with self.output.open("wb") as output, self.errors.open("wb") as errors:
            self.process = subprocess.Popen(
                [str(part) for part in command], cwd=ROOT, env=environment, stdout=output, stderr=errors
            )

    def __enter__(self) -> Self:
        try:
            eventually(lambda: self.is_ready() or self.process.poll() is not None, START_SECONDS, "ready")
            assert self.process.poll() is None, f"the server ended: {self.errors.read_text()}"
        except BaseException:
            self.kill()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(END_SECONDS)
            except subprocess.TimeoutExpired:
                self.kill()
                raise

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def end(self, sig: signal.Signals | None = None) -> int:
        """Sends a signal, if any, and gives the exit status."""
        if sig:
            self.process.send_signal(sig)
        return self.process.wait(END_SECONDS)

    @property
    def log(self) -> list[dict[str, Any]]:
        """The lines of the request log so far; not the one that is being written."""
        whole_lines = self.output.read_text().rpartition("\n")[0]
        return [json.loads(line) for line in whole_lines.splitlines()]

    def logged(self, request_id: str) -> dict[str, Any]:
        """The line of a request, which is written just after its response."""
        eventually(
            lambda: any(line["request_id"] == request_id for line in self.log), what=f"a log line of {request_id}"
        )
        (line,) = [line for line in self.log if line["request_id"] == request_id]
        return line

    @property
    def resident_bytes(self) -> int:
        statm = Path(f"/proc/{self.process.pid}/statm").read_text()
        return int(statm.split()[1]) * os.sysconf("SC_PAGE_SIZE")


@contextmanager
def start_all(folder: Path, flags: Mapping[str, Sequence[object]]) -> Iterator[dict[str, ServerProcess]]:
    """Starts a server for each name, as many at a time as there are cores, and waits until all are ready."""
    servers: dict[str, ServerProcess] = {}
    with ExitStack() as stack:
        waiting, cores = list(flags), os.cpu_count() or 1
        while names := waiting[:cores]:
            waiting = waiting[cores:]
            for name in names:
                servers[name] = ServerProcess(folder / name, *flags[name])
                stack.callback(servers[name].kill)
            for name in names:
                stack.enter_context(servers[name])
        yield servers
