"""The last step of hack/demo: serves an exported model, asks it about photos of the test split, and stops it."""

import argparse
import csv
import socket
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from pathlib import Path

HACK = Path(__file__).resolve().parent
PHOTOS_PER_CLASS = 3
READY_SECONDS = 60


def choose_photos(manifest: Path, folder: Path, count: int = PHOTOS_PER_CLASS) -> list[Path]:
    """The first `count` photos of each class in the test split.

    Args:
        manifest: manifest.csv of model.prepare.
        folder: the photos that it names.
        count: photos of each class.
    """
    chosen: list[Path] = []
    seen: Counter[str] = Counter()
    with manifest.open(newline="") as file:
        for row in csv.DictReader(file):
            if row["split"] == "test" and seen[row["class"]] < count:
                seen[row["class"]] += 1
                chosen.append(folder / row["file"])
    return chosen


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def wait_ready(url: str, server: subprocess.Popen[bytes], seconds: float = READY_SECONDS) -> bool:
    """Whether the server at `url` gets ready within this time; False at once when its process ends."""
    deadline = time.monotonic() + seconds
    while server.poll() is None and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"{url}/v1/models/catdog", timeout=5):  # noqa: S310  (http)
                return True
        except OSError:
            time.sleep(0.2)
    return False


def serve_and_ask(model: Path, photos: list[Path], log: Path) -> int:
    """Runs hack/serve and hack/predict. Returns the exit status: 0 when every photo got an answer."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    print(f"the server is at {url}, its log is {log}", flush=True)
    flags = ["--model_path", str(model), "--http_port", str(port), "--enable_grpc", "false"]
    with log.open("wb") as output:
        server = subprocess.Popen([HACK / "serve", *flags], stdout=output, stderr=subprocess.STDOUT)
    try:
        if not wait_ready(url, server):
            print(f"error: the server did not become ready, see {log}", file=sys.stderr)
            return 1
        return subprocess.run([HACK / "predict", "--url", url, *photos], check=False).returncode
    finally:
        server.terminate()
        server.wait()


def main() -> int:
    """Parses the command line."""
    parser = argparse.ArgumentParser("python -m hack.serve_and_ask", description=__doc__)
    parser.add_argument("model", type=Path, help="what model.export wrote")
    parser.add_argument("photos", type=Path, help="the folder with the photos")
    parser.add_argument("manifest", type=Path, help="manifest.csv of model.prepare")
    parser.add_argument("log", type=Path, help="where the server's output goes")
    args = parser.parse_args()
    return serve_and_ask(args.model, choose_photos(args.manifest, args.photos), args.log)


if __name__ == "__main__":
    sys.exit(main())
