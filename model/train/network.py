"""The network: images to logits."""

import copy
import warnings
from collections.abc import Iterable
from typing import cast

import numpy as np
import torch
from torch import Tensor, nn

from model.contract.errors import Mistake
from model.train.presets import eval_preset

# per channel, of ImageNet's photos, 0 to 255; torchvision's pretrained weights expect them
MEAN = (123.675, 116.28, 103.53)
STD = (58.395, 57.12, 57.375)


class ConvNorm(nn.Sequential):
    """3x3 or 1x1 convolution and batch normalisation, which a frozen export folds into one."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int = 1):
        super().__init__(nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False), nn.BatchNorm2d(outputs))


class Attention(nn.Module):
    """Scales each channel by a factor computed from the whole image (Hu et al. 2018, squeeze and excitation)."""

    def __init__(self, channels: int):
        super().__init__()
        self.squeeze = nn.Linear(channels, channels // 8)
        self.excite = nn.Linear(channels // 8, channels)

    def forward(self, features: Tensor) -> Tensor:
        scales = torch.sigmoid(self.excite(torch.relu(self.squeeze(features.mean((2, 3))))))
        return features * scales[:, :, None, None]


class Block(nn.Module):
    """Bottleneck residual block (He et al. 2015) with attention; halves the resolution at stride 2."""

    def __init__(self, inputs: int, middle: int, outputs: int, stride: int):
        super().__init__()
        self.reduce = ConvNorm(inputs, middle, 1)
        self.convolve = ConvNorm(middle, middle, 3, stride)
        self.expand = ConvNorm(middle, outputs, 1)
        self.attention = Attention(outputs)
        self.shortcut = nn.Sequential()
        if inputs != outputs or stride != 1:
            self.shortcut = nn.Sequential(nn.AvgPool2d(stride, ceil_mode=True), ConvNorm(inputs, outputs, 1))
        nn.init.zeros_(cast("Tensor", self.expand[1].weight))  # starts as the identity (Goyal et al. 2017)

    def forward(self, features: Tensor) -> Tensor:
        residual = torch.relu_(self.convolve(torch.relu_(self.reduce(features))))
        return torch.relu_(self.attention(self.expand(residual)).add_(self.shortcut(features)))


class Compact(nn.Module):
    """A small residual network for CPUs: plain convolutions, which run best there, on few channels."""

    STEM = (16, 32)
    STAGES = ((64, 32, 2), (160, 64, 4), (320, 96, 2))  # outputs, middle channels, blocks

    def __init__(self, classes: int):
        super().__init__()
        stem: list[nn.Module] = []
        channels = 3
        for width in self.STEM:
            stem += [ConvNorm(channels, width, 3, 2), nn.ReLU(inplace=True)]
            channels = width
        self.stem = nn.Sequential(*stem)
        blocks: list[nn.Module] = []
        for outputs, middle, count in self.STAGES:
            for index in range(count):
                blocks.append(Block(channels, middle, outputs, stride=2 if index == 0 else 1))
                channels = outputs
        self.blocks = nn.Sequential(*blocks)
        self.dropout = nn.Dropout(0.1)
        self.head = nn.Linear(channels, classes)

    def features(self, images: Tensor) -> Tensor:
        """Normalised images [N, 3, S, S] to the last block's output [N, 320, S / 32, S / 32]."""
        features: Tensor = self.blocks(self.stem(images))
        return features

    def classify(self, features: Tensor) -> Tensor:
        """Features to logits [N, classes]."""
        logits: Tensor = self.head(self.dropout(features.mean((2, 3))))
        return logits

    def forward(self, images: Tensor) -> Tensor:
        return self.classify(self.features(images))


class Classifier(nn.Module):
    """Normalises the images, then runs the backbone: float32 [N, 3, S, S] of 0 to 255 to logits [N, C]."""

    mean: Tensor
    scale: Tensor

    def __init__(self, backbone: nn.Module):
        super().__init__()
        self.backbone = backbone
        self.register_buffer("mean", torch.tensor(MEAN).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("scale", 1 / torch.tensor(STD).view(1, 3, 1, 1), persistent=False)

    def normalise(self, images: Tensor) -> Tensor:
        """0 to 255 to about -2 to 2."""
        return (images - self.mean) * self.scale

    def forward(self, images: Tensor) -> Tensor:
        logits: Tensor = self.backbone(self.normalise(images))
        return logits


def build(network: str, classes: int, pretrained: bool = False) -> Classifier:
    """Makes a network with random weights, or with torchvision's ImageNet weights below a new last layer.

    Args:
        network: "compact", or the name of a torchvision classification network such as "mobilenet_v3_small".
        classes: number of outputs.
        pretrained: download ImageNet weights (torchvision networks only).

    Raises:
        Mistake: no such network, its weights cannot be downloaded, or it has no last linear layer.
    """
    if network == "compact":
        if pretrained:
            raise Mistake("the compact network has no pretrained weights: set train.pretrained to false")
        return Classifier(Compact(classes).to(memory_format=torch.channels_last))
    return Classifier(_torchvision_backbone(network, classes, pretrained).to(memory_format=torch.channels_last))


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
    return torch.cat([network(eval_preset(images.to(device))).float().cpu() for images in batches]).numpy()


def _torchvision_backbone(network: str, classes: int, pretrained: bool) -> nn.Module:
    from torchvision import models  # only here: slow to import, and most runs do not need it

    if network not in models.list_models(models):
        raise Mistake(f"no network is called {network!r}: use compact or one of torchvision's, such as resnet18")
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
