"""A network in training: one step, one epoch, and all the state that a resumed run needs."""

import math
import os
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from torch.utils.data import DataLoader
from torchvision.transforms import v2
from tqdm import tqdm

from model.contract.errors import Mistake
from model.params import TrainParams
from model.prepare.dataset import Dataset
from model.train.device import half_precision
from model.train.network import build, check_network
from model.train.ranks import ALONE, Ranks
from model.train.sampler import Sampler, seed_of
from model.train.teacher import Teacher, distillation_loss

PARTS = ("network", "averaged", "optimizer", "schedule")  # of a training's state
FEW = 2000  # photos, for which starting processes takes longer than it saves


class Trainer:
    """A network in training: its weights, their running average, the optimizer and its schedule.

    Args:
        params: how to train.
        dataset: the training photos.
        device: where to train.
        teacher: whose answers to learn.
        ranks: who trains.

    Raises:
        Mistake: no such network, or one that does not take images of these sizes.
    """

    def __init__(
        self,
        params: TrainParams,
        dataset: Dataset,
        device: torch.device,
        teacher: Teacher | None = None,
        ranks: Ranks = ALONE,
    ):
        torch.manual_seed(params.seed)
        self.params, self.dataset, self.device, self.ranks = params, dataset, device, ranks
        self.teacher = teacher and teacher.to(device).eval()
        self.network = build(params.network, len(dataset.classes), params.pretrained)
        check_network(self.network, len(dataset.classes), params.crop, params.size)
        self.network.to(device)
        averaging = get_ema_multi_avg_fn(params.averaging)  # type: ignore[no-untyped-call]
        self.averaged = AveragedModel(self.network, multi_avg_fn=averaging, use_buffers=True)
        self.parallel = ranks.parallel(self.network)
        self.optimizer = torch.optim.AdamW(
            _decay_groups(self.network, params.weight_decay), params.learning_rate, betas=(0.9, 0.99)
        )
        self.sampler = Sampler(dataset.labels, len(dataset.classes), params.balance)
        self.steps = max(1, len(self.sampler) // params.batch_size)
        # Smith and Topin 2018, super-convergence
        self.schedule = torch.optim.lr_scheduler.OneCycleLR(
            self.optimizer, params.learning_rate, total_steps=self.steps * params.epochs, pct_start=0.15
        )
        self.mix = v2.MixUp(alpha=params.mixup, num_classes=len(dataset.classes)) if params.mixup else None

    def train_epoch(self, epoch: int) -> dict[str, float]:
        """One pass over the data. Returns accuracy and loss of the augmented photos, each measured before its step.

        Raises:
            Mistake: training diverged.
        """
        torch.manual_seed(seed_of(self.params.seed, epoch, self.ranks.index))
        self.parallel.train()
        seen, right, total = 0, 0, 0.0
        name, is_quiet = f"epoch {epoch + 1}/{self.params.epochs}", not self.ranks.is_main
        for photos, labels in tqdm(self._batches(epoch), name, leave=False, unit=" batches", disable=is_quiet):
            logits, loss = self._step(photos.to(self.device), labels.to(self.device))
            seen, right = seen + len(labels), right + int((logits.argmax(1).cpu() == labels).sum())
            total += loss
            if not math.isfinite(total):
                raise Mistake("the loss is not finite: training diverged, set a smaller learning_rate")
        return {"accuracy": right / seen, "loss": total / self.steps}

    def _batches(self, epoch: int) -> DataLoader[tuple[Tensor, int]]:
        batches = self.sampler.batches(self.params.batch_size, seed_of(self.params.seed, epoch), self.ranks)
        workers = 0 if len(self.dataset) < FEW else max(1, min(16, (os.cpu_count() or 1) // self.ranks.count - 1))
        return DataLoader(self.dataset, batch_sampler=batches, num_workers=workers)

    def _step(self, photos: Tensor, labels: Tensor) -> tuple[Tensor, float]:
        """One step of the optimizer. Returns the logits and the loss."""
        images = photos.float()
        if self.mix:
            images, labels = self.mix(images, labels)
        with half_precision(self.device, self.network):
            logits = self.parallel(images)
        loss = self._loss(images, logits.float(), labels)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.network.parameters(), 5.0)
        self.optimizer.step()
        self.schedule.step()
        self.averaged.update_parameters(self.network)
        return logits, loss.item()

    def _loss(self, images: Tensor, logits: Tensor, labels: Tensor) -> Tensor:
        """On the labels (classes [N], or shares of them [N, C]), and on the teacher's answers to the same images."""
        loss = F.cross_entropy(logits, labels, label_smoothing=self.params.label_smoothing)
        if self.teacher is None:
            return loss
        with torch.no_grad(), half_precision(self.device):
            answers = self.teacher(images)
        share = self.params.distillation
        return (1 - share) * loss + share * distillation_loss(logits, answers)

    def state_dict(self) -> dict[str, Any]:
        """All that a resumed training needs; random numbers follow from seed and epoch."""
        return {part: getattr(self, part).state_dict() for part in PARTS}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Takes over what `state_dict` gave."""
        for part in PARTS:
            getattr(self, part).load_state_dict(state[part])


def _decay_groups(network: nn.Module, weight_decay: float) -> list[dict[str, Any]]:
    """Weight decay for matrices and kernels, none for biases and normalisation."""
    parameters = list(network.parameters())
    return [
        {"params": [p for p in parameters if p.ndim > 1], "weight_decay": weight_decay},
        {"params": [p for p in parameters if p.ndim <= 1], "weight_decay": 0.0},
    ]
