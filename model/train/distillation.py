"""Distillation: a network learns the answers of another one, its teacher, beside the labels or in their place."""

import torch.nn.functional as F
from torch import Tensor, nn

from model.train.network import Classifier, with_features

TEMPERATURE = 2.0  # divides the logits of both networks
FEATURES = 4.0  # weight of the features beside the logits


class Student(nn.Module):
    """A network that also predicts its teacher's features from its own: few classes say little, features say more.

    Args:
        network: learns.
        width: number of the teacher's features.
    """

    def __init__(self, network: Classifier, width: int):
        super().__init__()
        self.network = network
        self.predict = nn.Linear(network.last_layer.in_features, width)

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Images as the network takes them to its logits [N, C] and predicted features [N, F]."""
        logits, features = with_features(self.network, images)
        return logits, self.predict(features)


def distillation_loss(ours: tuple[Tensor, Tensor], theirs: tuple[Tensor, Tensor]) -> Tensor:
    """How far logits [N, C] and features [N, F] are from the teacher's: 0 where they are equal.

    The logits' part is that of Hinton et al. 2015. The features' part is the share of variance that is not explained,
    where the teacher's have variances that add up to 1 (Romero et al. 2014, FitNets).
    """
    student, teacher = (F.log_softmax(logits.float() / TEMPERATURE, 1) for logits, _ in (ours, theirs))
    answers = TEMPERATURE**2 * F.kl_div(student, teacher, log_target=True, reduction="batchmean")
    features = (ours[1].float() - theirs[1]).square().sum(1).mean()
    return answers + FEATURES * features
