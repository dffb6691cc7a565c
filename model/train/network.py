"""Networks by name: images to logits."""

import copy
import warnings
from collections.abc import Iterable, Sequence

import numpy as np
import torch
from torch import Tensor, nn

from model.contract.errors import Mistake
from model.train.compact import Compact
from model.train.efficientnet_lite import EfficientNetLite0

# per channel, of ImageNet's photos, 0 to 255; torchvision's pretrained weights expect them
MEAN = (123.675, 116.28, 103.53)
STD = (58.395, 57.12, 57.375)


class Classifier(nn.Module):
    """Normalises the images, then runs the backbone: uint8 or float32 [N, 3, S, S] of 0 to 255 to logits [N, C].

    Args:
        backbone: normalised images to logits.
        mean: what it takes for the middle of each channel.
        std: what it takes for the unit of each channel.
    """

    mean: Tensor
    scale: Tensor

    def __init__(self, backbone: nn.Module, mean: Sequence[float] = MEAN, std: Sequence[float] = STD):
        super().__init__()
        self.backbone = backbone.to(memory_format=torch.channels_last)
        self.register_buffer("mean", torch.tensor(mean).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("scale", 1 / torch.tensor(std).view(1, 3, 1, 1), persistent=False)

    def normalise(self, images: Tensor) -> Tensor:
        """0 to 255 to about -2 to 2."""
        return (images.to(torch.float32, memory_format=torch.channels_last) - self.mean) * self.scale

    def forward(self, images: Tensor) -> Tensor:
        logits: Tensor = self.backbone(self.normalise(images))
        return logits

    @property
    def last_layer(self) -> nn.Linear:
        """Features [N, F] to logits."""
        return [part for part in self.backbone.modules() if isinstance(part, nn.Linear)][-1]


def with_features(network: Classifier, images: Tensor) -> tuple[Tensor, Tensor]:
    """Logits [N, C], and the features [N, F] that the last layer makes them of."""
    kept: list[Tensor] = []
    hook = network.last_layer.register_forward_pre_hook(lambda _, inputs: kept.append(inputs[0]))
    try:
        logits = network(images)
    finally:
        hook.remove()
    return logits, kept[0]


def build(network: str, classes: int, pretrained: bool = False) -> Classifier:
    """Makes a network with random weights, or with ImageNet weights below a new last layer.

    Args:
        network: "compact", "efficientnet_lite0", or the name of a torchvision classification network such as
            "mobilenet_v3_small".
        classes: number of outputs.
        pretrained: start from ImageNet weights; those of torchvision's networks are downloaded.

    Raises:
        Mistake: no such network, its weights cannot be downloaded, or it has no last linear layer.
    """
    if network == "compact":
        if pretrained:
            raise Mistake("the compact network has no pretrained weights: set train.pretrained to false")
        return Classifier(Compact(classes))
    if network == "efficientnet_lite0":
        backbone = EfficientNetLite0(classes, pretrained)
        return Classifier(backbone, backbone.MEAN, backbone.STD)
    return Classifier(_torchvision_backbone(network, classes, pretrained))


def check_network(network: Classifier, classes: int, *sides: int) -> None:
    """Tries a copy of a network on black images: not all of torchvision's take every size, or give plain logits.

    Args:
        network: what `build` gave, on the CPU.
        classes: number of its outputs.
        sides: of the images, in pixels.

    Raises:
        Mistake: it does not give logits for one of them, in training or in evaluation.
    """
    trial = copy.deepcopy(network)  # running statistics change
    for side in sides:
        with torch.no_grad(), torch.random.fork_rng(devices=[]):
            try:
                images = torch.zeros(2, 3, side, side)
                answers = [trial.train()(images), trial.eval()(images)]
            except Exception as error:  # whatever its code raises
                raise Mistake(_useless(trial, side, type(error).__name__)) from None
        for answer in answers:
            if not isinstance(answer, Tensor) or answer.shape != (2, classes):
                raise Mistake(_useless(trial, side, "its answer is not one number for each class"))


def _useless(network: Classifier, side: int, why: str) -> str:
    what = f"the network {type(network.backbone).__name__} does not work with images of {side}x{side} pixels"
    return f"{what} ({why}): set other sizes, or another train.network"


@torch.no_grad()
def predict_logits(network: nn.Module, batches: Iterable[Tensor]) -> np.ndarray:
    """Logits (float32 [N, C]) of batches of images (uint8 [n, 3, S, S]); leaves the network in evaluation mode."""
    network.eval()
    device = next(network.parameters()).device
    return torch.cat([network(images.to(device)).float().cpu() for images in batches]).numpy()


def _torchvision_backbone(network: str, classes: int, pretrained: bool) -> nn.Module:
    from torchvision import models  # only here: slow to import, and most runs do not need it

    if network not in models.list_models(models):
        raise Mistake(
            f"no network is called {network!r}: use compact, efficientnet_lite0, resnet18 or another of torchvision's"
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)  # that some networks will begin with other random weights
            backbone: nn.Module = models.get_model(network, weights="DEFAULT" if pretrained else None)
    except OSError as error:
        raise Mistake(f"the pretrained weights of {network} cannot be downloaded: {error}") from None
    linear = [(name, part) for name, part in backbone.named_modules() if isinstance(part, nn.Linear)]
    if not linear:
        raise Mistake(f"{network} has no last linear layer to replace: set train.network to another one")
    name, last = linear[-1]
    parent, _, attribute = name.rpartition(".")
    setattr(backbone.get_submodule(parent), attribute, nn.Linear(last.in_features, classes))
    return backbone
