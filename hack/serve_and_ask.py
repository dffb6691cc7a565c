"""The last step of hack/demo: serves an exported model, asks it about photos of the test split, and stops it."""

import argparse
import subprocess
import sys
from collections import Counter
from pathlib import Path

from hack.server_process import exit_on_signals, free_ports, wait_ready
from model.prepare.names import unescaped
from model.prepare.splits import read_manifest

HACK = Path(__file__).resolve().parent
PHOTOS_PER_CLASS = 3
MOST_PHOTOS = 30
READY_SECONDS = 60


def choose_photos(prepared: Path, folder: Path, count: int = PHOTOS_PER_CLASS) -> list[Path]:
    """The first `count` photos of each class in the test split, and at most MOST_PHOTOS.

    Args:
        prepared: folder of model.prepare.
        folder: the photos that it was made from.
        count: photos of each class.

    Raises:
        Mistake: there are no prepared photos.
    """
    chosen: list[Path] = []
    seen: Counter[str] = Counter()
    for row in read_manifest(prepared, "test"):
        if seen[row["class"]] < count:
            seen[row["class"]] += 1
            chosen.append(folder / unescaped(row["file"]))
    return chosen[:MOST_PHOTOS]


def serve_and_ask(model: Path, photos: list[Path], log: Path) -> int:
    """Runs hack/serve and hack/predict. Returns the exit status: 0 when every photo got an answer."""
    (port,) = free_ports(1)
    url = f"http://127.0.0.1:{port}"
    print(f"the server is at {url}, its log is {log}", flush=True)
    flags = ["--model_path", str(model), "--http_port", str(port), "--enable_grpc", "false"]
    try:
        output = log.open("xb")  # never over another file
    except OSError as error:
        print(f"error: the log {log} cannot be made ({error.strerror}): name a new file", file=sys.stderr)
        return 1
    server = None
    try:
        with output:
            server = subprocess.Popen([HACK / "serve", *flags], stdout=output, stderr=subprocess.STDOUT)
        if not wait_ready(url, server, READY_SECONDS):
            print(f"error: the server did not become ready, see {log}", file=sys.stderr)
            return 1
        return subprocess.run([HACK / "predict", "--url", url, *photos], check=False).returncode
    finally:
        if server:
            server.terminate()
            server.wait()


def main() -> int:
    """Parses the command line."""
    parser = argparse.ArgumentParser("python -m hack.serve_and_ask", description=__doc__)
    parser.add_argument("model", type=Path, help="what model.export wrote")
    parser.add_argument("photos", type=Path, help="the folder with the photos")
    parser.add_argument("prepared", type=Path, help="folder of model.prepare")
    parser.add_argument("log", type=Path, help="new file for the server's output")
    args = parser.parse_args()
    exit_on_signals()  # with which Python would end at once, and the server would stay
    return serve_and_ask(args.model, choose_photos(args.prepared, args.photos), args.log)


if __name__ == "__main__":
    sys.exit(main())
