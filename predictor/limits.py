"""What one request may take, and how many may wait. A new limit is a field and a line of HELP here."""

import argparse
from dataclasses import dataclass, fields

from model.contract.errors import Mistake
from model.contract.preprocess import MAX_PIXELS

# the end of a server, after it has drained
CLOSING_SECONDS = 2.0  # for connections that were accepted to send a request
LAST_BODY_SECONDS = 5.0  # for bodies that still arrive
LAST_ANSWER_SECONDS = 8.0  # for requests that arrived and are not answered
STOPPING_SECONDS = 5.0  # for the photos that are being decoded, and the process itself


@dataclass(frozen=True)
class Limits:
    """Bounds of the server; each is a command-line flag of the same name."""

    max_body_bytes: int = 16 * 2**20
    max_instances: int = 32
    max_image_bytes: int = 10 * 2**20
    max_pixels: int = MAX_PIXELS
    max_waiting: int = 256
    max_held_bytes: int = 128 * 2**20
    max_decode_bytes: int = 512 * 2**20
    max_head_bytes: int = 16 * 2**10
    max_connections: int = 1024
    max_grpc_calls: int = 8  # max_held_bytes by max_body_bytes: a message is in memory before it is judged
    body_timeout: float = 30.0
    drain_seconds: float = 5.0
    log_file_bytes: int = 64 * 2**20
    log_files: int = 5
    kept_photos: int = 1000
    kept_bytes: int = 256 * 2**20
    kept_days: float = 7.0

    @property
    def longest_end_seconds(self) -> float:
        """From SIGTERM to the end of the process at most; a pod's grace period must be longer, by its preStop hook."""
        return self.drain_seconds + CLOSING_SECONDS + LAST_BODY_SECONDS + LAST_ANSWER_SECONDS + STOPPING_SECONDS


HELP = {
    "max_body_bytes": "largest body, or message of gRPC, in bytes; above it the answer is 413, or RESOURCE_EXHAUSTED",
    "max_instances": "most photos in one request; above it the answer is 400",
    "max_image_bytes": "largest encoded photo in bytes; above it the answer is 400",
    "max_pixels": "most pixels of a photo, and 4 times as many of a JPEG; above it the answer is 400",
    "max_waiting": "most requests that wait for a thread; above it the answer is 503 with Retry-After",
    "max_held_bytes": "most bytes of request bodies in memory; above it the answer is 503 with Retry-After",
    "max_decode_bytes": "most bytes for photos that are being decoded; others wait, and a larger one gets 400",
    "max_head_bytes": "largest request head, trailers, or bytes that wait behind a request; above it the answer is 431",
    "max_connections": "most HTTP connections; above it a new one gets 503 with Retry-After",
    "max_grpc_calls": "most gRPC calls at once; above it the answer is RESOURCE_EXHAUSTED",
    "body_timeout": "seconds that a body may take; after them the answer is 408, and silent connections close",
    "drain_seconds": "seconds for which requests are answered after SIGTERM, before the listener closes",
    "log_file_bytes": "largest file of --log_file in bytes; what does not fit begins a new one",
    "log_files": "most files of --log_file, the one that is written to included; the oldest is deleted",
    "kept_photos": "most photos in the folder of --keep_photos; beyond it unsure ones stay first, then some at random",
    "kept_bytes": "most bytes in the folder of --keep_photos; beyond it the same",
    "kept_days": "days after which a photo of --keep_photos is deleted",
}


def add_limit_flags(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("limits")
    for field in fields(Limits):
        group.add_argument(f"--{field.name}", type=field.type, default=field.default, help=HELP[field.name])


def limits_of(args: argparse.Namespace) -> Limits:
    """Raises Mistake when a limit is not above zero."""
    values = {field.name: getattr(args, field.name) for field in fields(Limits)}
    for name, value in values.items():
        if value <= 0:
            raise Mistake(f"--{name} must be above zero, not {value}")
    return Limits(**values)
