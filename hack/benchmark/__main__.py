"""Measures the predictor, and prints a table.

The raw limit is the work of a request without any server: decode and forward in plain loops, one process a core,
in batches of 8. The server then runs alone at 1, 8, 32 and 128 clients over loopback, one photo a request. Rounds
alternate, so that a slow minute of the machine affects all alike, and each round turns the order of the versions
around, because the second is measured faster; of each figure the median over the rounds counts.
"""

import argparse
import base64
import json
import os
import statistics
import tempfile
from pathlib import Path

from hack.benchmark.comparison import describe, ratios
from hack.benchmark.photos import draw_photos, read_photos
from hack.benchmark.raw_limit import raw_limit
from hack.benchmark.server import load, running_server
from hack.server_process import exit_on_signals

PROJECT = Path(__file__).resolve().parents[2]

Rows = list[dict[str, float]]  # one a round


def measure(
    versions: dict[str, Path], args: argparse.Namespace, photos: list[bytes], bodies: Path
) -> tuple[dict[str, Rows], dict[tuple[str, int], Rows]]:
    """All rounds: the figures of the raw limit by name, and those of the server by version and number of clients."""
    raw: dict[str, Rows] = {"all cores": [], "one core": []}
    served: dict[tuple[str, int], Rows] = {(version, clients): [] for version in versions for clients in args.clients}
    for number in range(args.rounds):
        raw["all cores"].append(raw_limit(args.model, photos, 8, os.cpu_count() or 1, args.seconds))
        raw["one core"].append(raw_limit(args.model, photos, 1, 1, args.seconds))
        for version in list(versions)[:: -1 if number % 2 else 1]:
            with running_server(versions[version], args.model) as (url, process, ready_seconds):
                load(url, bodies, 8, 1)  # warm
                for clients in args.clients:
                    result = load(url, bodies, clients, args.seconds)
                    result |= {"memory": process.memory_info().rss / 2**20, "ready_seconds": ready_seconds}
                    served[version, clients].append(result)
    return raw, served


def print_table(raw: dict[str, Rows], served: dict[tuple[str, int], Rows]) -> None:
    """The medians over the rounds, also as parts of the raw limit."""
    best, alone = median(raw["all cores"], "rate"), median(raw["one core"], "p50")
    print(f"raw limit, all cores, batch 8   {best:6.0f} photos/s")
    print(f"raw, one photo on one core      {alone:6.2f} ms\n")
    print("version   clients   photos/s   ÷ raw   p50 ms   ÷ raw   p99 ms   503s   other errors   MiB   start s")
    for (version, clients), rows in served.items():
        rate, p50 = median(rows, "rate"), median(rows, "p50")
        errors = median(rows, "failed") + median(rows, "lost")
        print(
            f"{version:8} {clients:8} {rate:10.0f} {rate / best:7.2f} {p50:8.2f} {p50 / alone:7.2f}",
            f"{median(rows, 'p99'):8.2f} {median(rows, 'refused'):6.0f} {errors:14.0f}",
            f"{median(rows, 'memory'):5.0f} {median(rows, 'ready_seconds'):9.1f}",
        )


def print_comparison(served: dict[tuple[str, int], Rows]) -> None:
    """This version by the other one, round by round: photos a second, and p50."""
    for clients in dict.fromkeys(clients for _, clients in served):
        for field, what in (("rate", "photos/s"), ("p50", "p50")):
            pair = ([row[field] for row in served[version, clients]] for version in ("this", "against"))
            print(f"this ÷ against, {clients:3} clients, {what:8}  {describe(ratios(*pair))}")


def median(rows: Rows, field: str) -> float:
    return statistics.median(row[field] for row in rows)


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="hack/bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--photos", type=Path, help="folder with JPEGs; those nearest to 50 KB are sent")
    parser.add_argument("--model", type=Path, default=PROJECT / "model.pt", help="exported model")
    parser.add_argument("--against", type=Path, help="another checkout of this project")
    parser.add_argument("--clients", type=int, nargs="+", default=[1, 8, 32, 128], help="default: 1 8 32 128")
    parser.add_argument("--seconds", type=int, default=5, help="length of each measurement (default: 5)")
    parser.add_argument("--rounds", type=int, default=3, help="default: 3")
    args = parser.parse_args()
    exit_on_signals()
    args.model = args.model.resolve()
    versions = {"this": PROJECT} | ({"against": args.against.resolve()} if args.against else {})
    photos = read_photos(args.photos) if args.photos else draw_photos()
    size = statistics.mean(map(len, photos)) / 1000
    print(f"{len(photos)} photos of {size:.0f} KB, {os.cpu_count()} cores", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        bodies = Path(folder) / "bodies"
        requests = [{"instances": [{"image": {"b64": base64.b64encode(photo).decode()}}]} for photo in photos]
        bodies.write_text("".join(json.dumps(request) + "\n" for request in requests))
        raw, served = measure(versions, args, photos, bodies)
        print_table(raw, served)
        if args.against:
            print_comparison(served)


if __name__ == "__main__":
    main()
