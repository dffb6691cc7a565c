"""Serves an exported model: `python -m predictor --model_path model.pt`."""

import argparse
import os
import sys
from pathlib import Path

from model.contract.errors import Mistake
from model.contract.metadata import read_metadata
from predictor.keys import read_keys
from predictor.limits import add_limit_flags, limits_of
from predictor.process import (
    available_cores,
    ignore_warnings_about_photos,
    keep_freed_memory,
    quick_imports,
    return_freed_memory,
)

NO_TLS = "the server speaks plain HTTP and gRPC, so let a proxy or a mesh in front of it speak TLS"
UNUSED_FLAGS = {  # of the SDK, and what to do instead
    "ssl_certfile": NO_TLS,
    "ssl_keyfile": NO_TLS,
    "grpc_max_receive_message_length": "--max_body_bytes is the limit of HTTP and gRPC",
}


def own_flags() -> argparse.ArgumentParser:
    """The flags that the SDK does not have."""
    parser = argparse.ArgumentParser(prog="python -m predictor", add_help=False, allow_abbrev=False)
    group = parser.add_argument_group("predictor")
    group.add_argument("--model_path", type=Path, default=Path("model.pt"), help="default: %(default)s")
    group.add_argument("--host", default="", help="the address to listen on; default: all, of IPv4 and IPv6")
    group.add_argument(
        "--threads",
        type=int,
        default=available_cores(),
        help="threads that decode photos and run the model; default: the cores that the container's quota gives",
    )
    group.add_argument("--max_batch", type=int, default=8, help="most requests in one batch; default: %(default)s")
    group.add_argument(
        "--log_file", type=Path, metavar="PATH", help="write the request log to this file, too; default: stdout only"
    )
    group.add_argument(
        "--keep_photos",
        type=Path,
        metavar="FOLDER",
        help="keep a random sample of the photos that clients send, the unsure ones first; default: keep none",
    )
    group.add_argument(
        "--keys_file",
        type=Path,
        metavar="PATH",
        help="predictions need a key of this file, one a line, sent as authorization: Bearer KEY; read again when it"
        " changes; default: anybody may ask",
    )
    group.add_argument(
        "--no_page",
        action="store_true",
        help="browsers get JSON at /, as programs do; default: a page to try the model",
    )
    group.add_argument("--say_ready", action="store_true", help="say on stderr where it answers, once it does")
    add_limit_flags(parser)
    return parser


def check_early(flags: argparse.ArgumentParser) -> None:
    """Finds what is wrong before the slow imports of torch and the SDK.

    Raises:
        Mistake: a limit is not above zero, a path is of the wrong kind, or keys or model are missing or none.
    """
    args, _ = flags.parse_known_args()
    limits_of(args)
    if args.log_file and args.log_file.is_dir():
        raise Mistake(f"--log_file {args.log_file} is a folder: name a file")
    if args.keep_photos and args.keep_photos.exists() and not args.keep_photos.is_dir():
        raise Mistake(f"--keep_photos {args.keep_photos} is not a folder")
    if args.keys_file:
        read_keys(args.keys_file)
    read_metadata(args.model_path)


def refuse_unused(args: argparse.Namespace, sdk_parser: argparse.ArgumentParser) -> None:
    """Flags of the SDK that nothing here does: ignored, they would make somebody believe otherwise.

    Raises:
        Mistake: one of them is given.
    """
    for name, sentence in UNUSED_FLAGS.items():
        if getattr(args, name) != sdk_parser.get_default(name):
            raise Mistake(f"--{name} does nothing here: {sentence}")


def serve(flags: argparse.ArgumentParser) -> None:
    """Loads the model and serves until a signal ends it.

    Raises:
        Mistake: a flag is wrong, the model cannot be served, or a port is taken.
    """
    with quick_imports():
        import torch
        from kserve.model_server import parser as sdk_parser

        from predictor.assembly import build_server
    parser = argparse.ArgumentParser(prog="python -m predictor", description=__doc__, parents=[sdk_parser, flags])
    parser.set_defaults(model_name=os.environ.get("SERVING_NAME", "model"))
    args = parser.parse_args()
    refuse_unused(args, sdk_parser)
    if args.workers != 1 or args.threads < 1 or args.max_batch < 1:
        raise Mistake("--workers must be 1 (one process uses all cores: see --threads), the others above zero")
    keep_freed_memory()
    ignore_warnings_about_photos()
    torch.set_num_threads(1)  # one batch per core is faster than one batch on all cores
    server = build_server(args)
    return_freed_memory()
    server.run()


def main() -> None:
    flags = own_flags()
    try:
        if not {"-h", "--help"} & set(sys.argv):
            check_early(flags)
        serve(flags)
    except Mistake as mistake:
        sys.exit(f"error: {mistake}")


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # before torch starts its pool
    main()
