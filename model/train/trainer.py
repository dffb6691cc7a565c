"""A network in training: one step, one epoch, and all the state that a resumed run needs."""

import math
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from torchvision.transforms import v2
from tqdm import tqdm

from model.contract.errors import Mistake
from model.params import TrainParams
from model.teach.answers import Answers
from model.train.device import half_precision
from model.train.distillation import Student, distillation_loss
from model.train.network import build, check_network
from model.train.ranks import ALONE, Ranks
from model.train.sampler import Sampler, seed_of
from model.train.shown import Learned, shown
from model.train.views import Views

PARTS = ("trained", "averaged", "optimizer", "schedule")  # of a training's state


class Trainer:
    """A network in training: its weights, their running average, the optimizer and its schedule.

    Args:
        params: how to train.
        photos: what to train on.
        device: where to train.
        answers: a teacher's, to learn them.
        ranks: who trains.

    Raises:
        Mistake: no such network, or one that does not take images of these sizes.
    """

    def __init__(
        self,
        params: TrainParams,
        photos: Views,
        device: torch.device,
        answers: Answers | None = None,
        ranks: Ranks = ALONE,
    ):
        torch.manual_seed(params.seed)
        self.params, self.photos, self.device, self.answers, self.ranks = params, photos, device, answers, ranks
        self.network = build(params.network, len(photos.classes), params.pretrained)
        self.side = _side(params, 0)
        check_network(self.network, len(photos.classes), self.side, params.crop, params.size)
        averaging = get_ema_multi_avg_fn(params.averaging)  # type: ignore[no-untyped-call]
        self.averaged = AveragedModel(self.network.to(device), multi_avg_fn=averaging, use_buffers=True)
        self.trained: nn.Module = Student(self.network, answers.width).to(device) if answers else self.network
        self.parallel = ranks.parallel(self.trained)
        self.optimizer = torch.optim.AdamW(
            _decay_groups(self.trained, params.weight_decay), params.learning_rate, betas=(0.9, 0.99),
            fused=device.type == "cuda",
        )  # fmt: skip
        self.sampler = Sampler(photos.labels, len(photos.classes), params.balance)
        self.steps = max(1, len(self.sampler) // params.batch_size)
        # Smith and Topin 2018, super-convergence
        self.schedule = torch.optim.lr_scheduler.OneCycleLR(
            self.optimizer, params.learning_rate, total_steps=self.steps * params.epochs, pct_start=0.15
        )
        self.shown = shown(photos, answers, device)
        mixes = params.mixup > 0 and not answers  # a teacher is asked about mixed photos; model.train.views makes them
        self.mix = v2.MixUp(alpha=params.mixup, num_classes=len(photos.classes)) if mixes else None

    def train_epoch(self, epoch: int) -> dict[str, float]:
        """One pass over the data. Returns accuracy and loss of the augmented photos, each measured before its step.

        Raises:
            Mistake: training diverged.
        """
        torch.manual_seed(seed_of(self.params.seed, epoch, self.ranks.index))
        self.side = _side(self.params, epoch)
        view = epoch % self.params.views if self.answers else epoch
        order = self.sampler.batches(self.params.batch_size, seed_of(self.params.seed, epoch), self.ranks)
        self.parallel.train()
        seen, sums = 0, torch.zeros(2, dtype=torch.float64, device=self.device)  # this rank's
        name, is_quiet = f"epoch {epoch + 1}/{self.params.epochs}", not self.ranks.is_main
        for batch in tqdm(self.shown.batches(view, order), name, len(order), leave=False, disable=is_quiet):
            sums += torch.stack(self._step(*batch))  # stays on the device, which need not wait
            seen += len(batch[1])
        totals = self.ranks.sum(torch.cat([sums.new_tensor([seen]), sums])).tolist()
        if not math.isfinite(totals[2]):
            raise Mistake("the loss is not finite: training diverged, set a smaller learning_rate")
        return {"accuracy": totals[1] / totals[0], "loss": totals[2] / self.steps / self.ranks.count}

    def _step(self, photos: Tensor, labels: Tensor, learned: Learned | None) -> tuple[Tensor, Tensor]:
        """One step of the optimizer. Returns how many photos were right, and the loss."""
        images, targets = self._scaled(photos.float()), labels
        if self.mix:
            images, targets = self.mix(images, targets)
        with half_precision(self.device, self.network):
            given = self.parallel(images)
        logits = given[0] if learned else given
        loss = F.cross_entropy(logits.float(), targets, label_smoothing=self.params.label_smoothing)
        if learned:
            weight = self.params.distillation
            loss = (1 - weight) * loss + weight * distillation_loss(given, learned)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self.trained.parameters(), 5.0)
        self.optimizer.step()
        self.schedule.step()
        self.averaged.update_parameters(self.network)
        return (logits.argmax(1) == labels).sum(), loss.detach()

    def _scaled(self, images: Tensor) -> Tensor:
        """Images of the epoch's size."""
        if images.shape[-1] == self.side:
            return images
        return F.interpolate(images, (self.side, self.side), mode="bilinear", antialias=True)

    def state_dict(self) -> dict[str, Any]:
        """All that a resumed training needs; random numbers follow from seed and epoch."""
        return {part: getattr(self, part).state_dict() for part in PARTS}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Takes over what `state_dict` gave."""
        for part in PARTS:
            getattr(self, part).load_state_dict(state[part])


def _side(params: TrainParams, epoch: int) -> int:
    """Side of an epoch's images, which grows in the first half (Tan and Le 2021, progressive learning)."""
    first = min(params.first_crop, params.crop)
    return first + int((params.crop - first) * min(1.0, 2 * epoch / params.epochs))


def _decay_groups(network: nn.Module, weight_decay: float) -> list[dict[str, Any]]:
    """Weight decay for matrices and kernels, none for biases and normalisation."""
    parameters = list(network.parameters())
    return [
        {"params": [p for p in parameters if p.ndim > 1], "weight_decay": weight_decay},
        {"params": [p for p in parameters if p.ndim <= 1], "weight_decay": 0.0},
    ]
