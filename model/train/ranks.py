"""Ranks: the processes that torchrun started, or this one alone."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar, cast

import torch
from torch import Tensor, distributed, nn

from model.contract.errors import Mistake

Value = TypeVar("Value")


@dataclass(frozen=True)
class Ranks:
    """Which of how many processes this one is. The first, the main one, writes files and talks to MLflow."""

    index: int = 0
    count: int = 1

    @property
    def is_main(self) -> bool:
        return self.index == 0

    def parallel(self, network: nn.Module) -> nn.Module:
        """The network, whose gradients are means over all ranks (torch's DistributedDataParallel)."""
        return nn.parallel.DistributedDataParallel(network) if self.count > 1 else network

    def ask_main(self, function: Callable[[], Value]) -> Value:
        """What the function returns on the main rank, which is the only one that calls it; the others wait."""
        if self.count == 1:
            return function()
        values = [function() if self.is_main else None]
        distributed.broadcast_object_list(values)
        return cast("Value", values[0])

    def sum(self, values: Tensor) -> Tensor:
        """The sums over all ranks of each rank's values."""
        if self.count > 1:
            distributed.all_reduce(values)
        return values


ALONE = Ranks()


@contextmanager
def join_ranks(device: torch.device) -> Iterator[Ranks]:
    """Joins the ranks of torchrun, which says in the environment who they are.

    Raises:
        Mistake: another rank ended, or cannot be reached; or there are more ranks than GPUs.
    """
    if not distributed.is_torchelastic_launched():
        yield ALONE
        return
    if device.type == "cuda":
        local, gpus = int(os.environ["LOCAL_RANK"]), torch.cuda.device_count()
        if local >= gpus:
            raise Mistake(f"each rank needs a GPU of its own, and here are {gpus}: torchrun --nproc-per-node={gpus}")
        torch.cuda.set_device(local)
    try:
        distributed.init_process_group("nccl" if device.type == "cuda" else "gloo")
        yield Ranks(distributed.get_rank(), distributed.get_world_size())
    except RuntimeError as error:
        if not isinstance(error, distributed.DistError) and "gloo" not in str(error):  # gloo's own are no DistError
            raise
        raise Mistake("another rank ended, or cannot be reached: start all of them again, with --resume") from None
    finally:
        if distributed.is_initialized():
            distributed.destroy_process_group()
