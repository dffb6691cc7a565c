"""Distillation: the network in training learns to predict a teacher's features, beside the labels."""

from typing import cast

from torch import Tensor, nn

from model.contract.errors import Mistake
from model.train.network import Classifier, Compact


class Student(nn.Module):
    """The compact network, and a projection from its own features to the teacher's (Romero et al. 2015, FitNets).

    Args:
        network: the network in training; it can be used without the projection.
        features: number of the teacher's features at each place.

    Raises:
        Mistake: the network is not the compact one.
    """

    def __init__(self, network: Classifier, features: int):
        super().__init__()
        if not isinstance(network.backbone, Compact):
            raise Mistake("only the compact network learns from a teacher: set train.network to compact")
        self.network = network
        self.projection = nn.Conv2d(network.backbone.head.in_features, features, 1)

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """float32 [N, 3, S, S] of 0 to 255 to logits [N, C] and features [N, D, S / 32, S / 32]."""
        backbone = cast("Compact", self.network.backbone)
        features = backbone.features(self.network.normalise(images))
        return backbone.classify(features), self.projection(features)


def distillation_loss(projected: Tensor, features: Tensor) -> Tensor:
    """Squared distance between the student's and the teacher's features (float [N, D, H, W]), mean over all places."""
    return (projected.float() - features).square().sum(1).mean()
