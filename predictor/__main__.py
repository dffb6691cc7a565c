"""Serves an exported model: `python -m predictor --model_path catdog.pt`."""

import argparse
import os
import sys
from pathlib import Path

from predictor.imports import quick_imports

CORES_FLAG_HELP = "threads that decode and classify; default: the cores that the container's quota gives"


def main() -> None:
    """Parses the flags, loads the model and serves until a signal ends it."""
    if not any(argument.startswith("--enable_docs_url") for argument in sys.argv):
        sys.argv += ["--enable_docs_url", "true"]  # the SDK reads its flags when it is imported
    with quick_imports():
        import torch
        from kserve import model_server

        from predictor.model import CatDog
        from predictor.server import Server
    from model.contract.errors import Mistake
    from predictor.cpu import available_cores
    from predictor.limits import add_limit_flags, limits_of
    from predictor.memory import keep_freed_memory
    from predictor.metrics import Metrics

    parser = argparse.ArgumentParser(prog="python -m predictor", description=__doc__, parents=[model_server.parser])
    parser.set_defaults(model_name="catdog")
    group = parser.add_argument_group("catdog")
    group.add_argument("--model_path", type=Path, default=Path("catdog.pt"), help="default: %(default)s")
    group.add_argument("--threads", type=int, default=available_cores(), help=CORES_FLAG_HELP)
    group.add_argument("--max_batch", type=int, default=8, help="most requests in one batch; default: %(default)s")
    group.add_argument("--drain_seconds", type=float, default=5, help="answers go on so long after SIGTERM")
    add_limit_flags(parser)
    args = parser.parse_args()
    keep_freed_memory()
    torch.set_num_threads(1)  # one batch per core beats one batch on all cores
    try:
        if args.workers != 1 or args.threads < 1 or args.max_batch < 1:
            raise Mistake("--workers must be 1 (one process uses all cores: see --threads), the others above zero")
        model = CatDog(args.model_name, args.model_path, limits_of(args), Metrics(), args.threads, args.max_batch)
        model.load()
        Server(model, args.drain_seconds).run()
    except Mistake as mistake:
        sys.exit(f"error: {mistake}")


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # before torch starts its pool
    main()
