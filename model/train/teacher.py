"""Distillation: a network learns the answers of another one, its teacher, beside the labels or in their place."""

from collections.abc import Sequence
from pathlib import Path

import torch.nn.functional as F
from torch import Tensor, nn

from model.contract.errors import Mistake
from model.train.checkpoint import load_checkpoint, load_classes, load_network
from model.train.network import Classifier

TEMPERATURE = 2.0  # divides the logits of both networks


class Teacher(nn.Module):
    """A trained network that answers at the size of its own crops, whatever the size of the student's.

    Args:
        network: takes images of 0 to 255.
        side: of the crops that it was trained on, in pixels.
    """

    def __init__(self, network: Classifier, side: int):
        super().__init__()
        self.network, self.side = network, side

    def forward(self, images: Tensor) -> Tensor:
        """Float images [N, 3, S, S] to logits [N, C]."""
        if images.shape[-1] != self.side:
            images = F.interpolate(images, (self.side, self.side), mode="bilinear", antialias=True)
        logits: Tensor = self.network(images)
        return logits


def load_teacher(checkpoint: Path, classes: Sequence[str]) -> Teacher:
    """The network of a training run, best.pt, to learn from.

    Raises:
        Mistake: no such file, not a checkpoint, or of other classes.
    """
    if load_classes(checkpoint) != tuple(classes):
        raise Mistake(f"the teacher {checkpoint} was trained for other classes than these photos have: train it again")
    crop = load_checkpoint(checkpoint)["params"]["crop"]
    return Teacher(load_network(checkpoint).requires_grad_(False), crop)


def distillation_loss(logits: Tensor, answers: Tensor) -> Tensor:
    """How far the logits are from the teacher's, both [N, C] (Hinton et al. 2015): 0 where they are equal."""
    ours, theirs = (F.log_softmax(each.float() / TEMPERATURE, 1) for each in (logits, answers))
    return TEMPERATURE**2 * F.kl_div(ours, theirs, log_target=True, reduction="batchmean")
