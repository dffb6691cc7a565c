"""A network in training: one step, one epoch, and all the state that a resumed run needs."""

from typing import cast

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from tqdm import tqdm

from model.contract.errors import Mistake
from model.dataset import Dataset
from model.metrics import classification_metrics
from model.network import Classifier, Compact, build
from model.params import TrainParams
from model.presets import eval_preset, look, random_views, train_preset


def best_device() -> torch.device:
    """A GPU where there is one."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def half_precision(device: torch.device) -> torch.autocast:
    """bfloat16 where the processor computes in it, which is twice as fast; else float32."""
    fast = device.type == "cuda" or torch.cpu.get_capabilities().get("avx512_bf16", False)
    return torch.autocast(device.type, torch.bfloat16, enabled=fast)


class Pupil(nn.Module):
    """The compact network, with a layer that foretells a teacher's features from its own."""

    def __init__(self, network: Classifier, features: int):
        super().__init__()
        if not isinstance(network.backbone, Compact):
            raise Mistake("only the compact network learns from a teacher: set train.network to compact")
        self.network = network
        self.foretell = nn.Conv2d(network.backbone.head.in_features, features, 1)

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """float32 [N, 3, S, S] of 0 to 255 to logits [N, 2] and features [N, D, S / 32, S / 32]."""
        backbone = cast("Compact", self.network.backbone)
        features = backbone.features(self.network.normalise(images))
        return backbone.classify(features), self.foretell(features)


class Trainer:
    """A network in training: its weights, their running average, and where the schedule stands."""

    def __init__(self, params: TrainParams, dataset: Dataset, device: torch.device):
        torch.manual_seed(params.seed)
        self.params, self.dataset, self.device = params, dataset, device
        self.shuffle = torch.Generator().manual_seed(params.seed)
        self.rng = np.random.default_rng(params.seed)
        self.network = build(params.network, params.pretrained).to(device)
        self.pupil = None if dataset.features is None else Pupil(self.network, dataset.features.shape[-1]).to(device)
        self.averaged = AveragedModel(
            self.network, multi_avg_fn=get_ema_multi_avg_fn(params.averaging), use_buffers=True
        )
        self.optimizer = torch.optim.AdamW(
            _decay_groups(self.pupil or self.network, params.weight_decay), params.learning_rate, betas=(0.9, 0.99)
        )
        steps = max(1, len(dataset) // params.batch_size) * params.epochs
        # Smith and Topin 2018, super-convergence
        self.schedule = torch.optim.lr_scheduler.OneCycleLR(
            self.optimizer, params.learning_rate, total_steps=steps, pct_start=0.15
        )
        self.loss = nn.CrossEntropyLoss(label_smoothing=params.label_smoothing)

    def train_epoch(self, epoch: int) -> dict[str, float]:
        """One pass over the data. Returns the metrics of its (varied, mixed) photos before each step."""
        self.network.train()
        crop, progress = crop_of(epoch, self.params), f"epoch {epoch + 1}/{self.params.epochs}"
        labels_seen, outputs, total = [], [], 0.0
        batches = self.dataset.batches(self.params.batch_size, self.device, self.shuffle)
        steps = max(1, len(self.dataset) // self.params.batch_size)
        for images, labels, features in tqdm(batches, progress, steps, leave=False, unit=" batches"):
            views = random_views(len(images), self.device)
            logits, loss = self._step(train_preset(images, views, crop), labels, features, views)
            labels_seen.append(labels.cpu())
            outputs.append(logits.detach().float().softmax(1).cpu())
            total += loss.item()
        metrics = classification_metrics(torch.cat(labels_seen).numpy(), torch.cat(outputs).numpy())
        return metrics | {"loss": total / len(outputs)}

    def _step(self, images: Tensor, labels: Tensor, features: Tensor | None, views: Tensor) -> tuple[Tensor, Tensor]:
        share, others = self._mix(len(images))

        def mixed(batch: Tensor) -> Tensor:
            return share * batch + (1 - share) * batch[others] if share < 1 else batch

        images = mixed(images)
        with half_precision(self.device):
            logits, guess = self.pupil(images) if self.pupil else (self.network(images), None)
        loss = share * self.loss(logits.float(), labels) + (1 - share) * self.loss(logits.float(), labels[others])
        lesson = loss
        if guess is not None and features is not None:
            seen = mixed(look(features.float(), views, *guess.shape[2:]))
            lesson = loss + self.params.distillation * (guess.float() - seen).square().sum(1).mean()
        self.optimizer.zero_grad(set_to_none=True)
        lesson.backward()
        nn.utils.clip_grad_norm_(self.network.parameters(), 5.0)
        self.optimizer.step()
        self.schedule.step()
        self.averaged.update_parameters(self.network)
        return logits, loss

    def _mix(self, count: int) -> tuple[float, Tensor]:
        """Zhang et al. 2018, mixup: the larger share, and whom each photo is mixed with."""
        alpha = self.params.mixup
        share = float(self.rng.beta(alpha, alpha)) if alpha > 0 else 1.0
        return max(share, 1 - share), torch.randperm(count, generator=self.shuffle)

    def _parts(self) -> list[str]:
        return ["network", "averaged", "optimizer", "schedule"] + (["pupil"] if self.pupil else [])

    def state_dict(self) -> dict:
        return {part: getattr(self, part).state_dict() for part in self._parts()} | {
            "shuffle": self.shuffle.get_state(),
            "rng": self.rng.bit_generator.state,
            "torch": torch.get_rng_state(),
        }

    def load_state_dict(self, state: dict) -> None:
        for part in self._parts():
            getattr(self, part).load_state_dict(state[part])
        self.shuffle.set_state(state["shuffle"])
        self.rng.bit_generator.state = state["rng"]
        torch.set_rng_state(state["torch"])


def crop_of(epoch: int, params: TrainParams) -> int:
    """Side of the crops in an epoch: small at first, which is fast, full for the last third (Tan and Le 2021)."""
    share = min(1.0, 1.5 * epoch / params.epochs)
    return round((params.first_crop + share * (params.crop - params.first_crop)) / 16) * 16


def _decay_groups(network: nn.Module, weight_decay: float) -> list[dict]:
    """Weight decay for matrices and kernels, none for biases and normalisation."""
    parameters = list(network.parameters())
    return [
        {"params": [p for p in parameters if p.ndim > 1], "weight_decay": weight_decay},
        {"params": [p for p in parameters if p.ndim <= 1], "weight_decay": 0.0},
    ]


@torch.no_grad()
def predict_logits(network: nn.Module, dataset: Dataset, device: torch.device) -> np.ndarray:
    """Logits (float32 [N, 2]) of a whole split, in its order."""
    network.eval()
    outputs = [network(eval_preset(batch.images)).float().cpu() for batch in dataset.batches(128, device)]
    return torch.cat(outputs).numpy()
