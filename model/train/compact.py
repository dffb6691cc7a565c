"""The compact network: small, and made for CPUs."""

from typing import cast

import torch
from torch import Tensor, nn


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

    def forward(self, images: Tensor) -> Tensor:
        """Normalised images [N, 3, S, S] to logits [N, classes]."""
        features = self.blocks(self.stem(images)).mean((2, 3))
        logits: Tensor = self.head(self.dropout(features))
        return logits
