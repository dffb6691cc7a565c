"""A network in training: one step, one epoch, and all the state that a resumed run needs."""

import math
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from tqdm import tqdm

from model.contract.errors import Mistake
from model.params import TrainParams
from model.prepare.dataset import Dataset
from model.train.device import half_precision
from model.train.network import build, check_network
from model.train.presets import random_affine, train_preset, warp
from model.train.sampler import Sampler
from model.train.student import Student, distillation_loss


class Trainer:
    """A network in training: its weights, their running average, the optimizer and its schedule.

    Args:
        params: how to train.
        dataset: the training photos; with a teacher's features, the network learns those, too.
        device: where to train.

    Raises:
        Mistake: no such network, or one that cannot learn from a teacher or from crops of this size.
    """

    def __init__(self, params: TrainParams, dataset: Dataset, device: torch.device):
        torch.manual_seed(params.seed)
        self.params, self.dataset, self.device = params, dataset, device
        self.shuffle = torch.Generator().manual_seed(params.seed)
        self.rng = np.random.default_rng(params.seed)
        self.network = build(params.network, len(dataset.classes), params.pretrained)
        sides = crop_of(0, params), crop_of(params.epochs, params), dataset.pixels.shape[1]  # and those of validation
        check_network(self.network, len(dataset.classes), *sides)
        self.network.to(device)
        features = dataset.features
        self.student = None if features is None else Student(self.network, features.shape[-1]).to(device)
        averaging = get_ema_multi_avg_fn(params.averaging)  # type: ignore[no-untyped-call]
        self.averaged = AveragedModel(self.network, multi_avg_fn=averaging, use_buffers=True)
        self.optimizer = torch.optim.AdamW(
            _decay_groups(self.student or self.network, params.weight_decay), params.learning_rate, betas=(0.9, 0.99)
        )
        self.sampler = Sampler(dataset.labels, len(dataset.classes), params.balance)
        self.steps = max(1, len(self.sampler) // params.batch_size)
        # Smith and Topin 2018, super-convergence
        self.schedule = torch.optim.lr_scheduler.OneCycleLR(
            self.optimizer, params.learning_rate, total_steps=self.steps * params.epochs, pct_start=0.15
        )
        self.loss = nn.CrossEntropyLoss(label_smoothing=params.label_smoothing)

    def train_epoch(self, epoch: int) -> dict[str, float]:
        """One pass over the data. Returns accuracy and loss of the augmented photos, each measured before its step.

        Raises:
            Mistake: training diverged.
        """
        self.network.train()
        crop, progress = crop_of(epoch, self.params), f"epoch {epoch + 1}/{self.params.epochs}"
        seen, right, total = 0, 0, 0.0
        order = self.sampler.order(self.shuffle)
        if len(order) >= self.params.batch_size:  # batch normalisation is unstable on a small last batch
            order = order[: self.steps * self.params.batch_size]
        batches = self.dataset.batches(self.params.batch_size, self.device, order)
        for images, labels, features in tqdm(batches, progress, self.steps, leave=False, unit=" batches"):
            affine = random_affine(len(images), self.device)
            logits, loss = self._step(train_preset(images, affine, crop), labels, features, affine)
            seen, right = seen + len(labels), right + int((logits.argmax(1) == labels).sum())
            total += loss.item()
            if not math.isfinite(total):
                raise Mistake("the loss is not finite: training diverged, set a smaller train.learning_rate")
        return {"accuracy": right / seen, "loss": total / self.steps}

    def _step(self, images: Tensor, labels: Tensor, features: Tensor | None, affine: Tensor) -> tuple[Tensor, Tensor]:
        """One step of the optimizer. Returns the logits and the loss on the labels alone."""
        share, others = self._mix(len(images))

        def mixed(batch: Tensor) -> Tensor:
            return share * batch + (1 - share) * batch[others] if share < 1 else batch

        images = mixed(images)
        with half_precision(self.device):
            logits, projected = self.student(images) if self.student else (self.network(images), None)
        loss = share * self.loss(logits.float(), labels) + (1 - share) * self.loss(logits.float(), labels[others])
        total = loss
        if projected is not None and features is not None:
            height, width = projected.shape[2:]
            target = mixed(warp(features.float(), affine, height, width))
            total = loss + self.params.distillation * distillation_loss(projected, target)
        self.optimizer.zero_grad(set_to_none=True)
        total.backward()
        nn.utils.clip_grad_norm_(self.network.parameters(), 5.0)
        self.optimizer.step()
        self.schedule.step()
        self.averaged.update_parameters(self.network)
        return logits, loss

    def _mix(self, count: int) -> tuple[float, Tensor]:
        """Zhang et al. 2018, mixup: the share of each photo itself, at least a half, and the index of its partner."""
        alpha = self.params.mixup
        share = float(self.rng.beta(alpha, alpha)) if alpha > 0 else 1.0
        return max(share, 1 - share), torch.randperm(count, generator=self.shuffle)

    def _parts(self) -> list[str]:
        return ["network", "averaged", "optimizer", "schedule"] + (["student"] if self.student else [])

    def state_dict(self) -> dict[str, Any]:
        """All that a resumed training needs, random number generators included."""
        return {part: getattr(self, part).state_dict() for part in self._parts()} | {
            "shuffle": self.shuffle.get_state(),
            "rng": self.rng.bit_generator.state,
            "torch": torch.get_rng_state(),
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Takes over what `state_dict` gave."""
        for part in self._parts():
            getattr(self, part).load_state_dict(state[part])
        self.shuffle.set_state(state["shuffle"])
        self.rng.bit_generator.state = state["rng"]
        torch.set_rng_state(state["torch"])


def crop_of(epoch: int, params: TrainParams) -> int:
    """Side of the crops in an epoch, in pixels: it grows to its full size at two thirds (Tan and Le 2021)."""
    share = min(1.0, 1.5 * epoch / params.epochs)
    return round((params.first_crop + share * (params.crop - params.first_crop)) / 16) * 16


def _decay_groups(network: nn.Module, weight_decay: float) -> list[dict[str, Any]]:
    """Weight decay for matrices and kernels, none for biases and normalisation."""
    parameters = list(network.parameters())
    return [
        {"params": [p for p in parameters if p.ndim > 1], "weight_decay": weight_decay},
        {"params": [p for p in parameters if p.ndim <= 1], "weight_decay": 0.0},
    ]
