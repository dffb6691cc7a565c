"""Networks: logits for each photo, and names that are refused."""

from pathlib import Path

import pytest
import torch
from torch.utils.data import DataLoader

from model.contract.errors import Mistake
from model.prepare.dataset import Dataset
from model.train.network import build, predict_logits
from model.train.transforms import validation_transform


@pytest.mark.parametrize("network", ["compact", "efficientnet_lite0", "mobilenet_v3_small", "resnet18"])
def test_networks_answer_with_a_logit_for_each_class(network: str, prepared: Path) -> None:
    dataset = Dataset(prepared, "test", validation_transform(64))
    logits = predict_logits(build(network, 7), (images for images, _ in DataLoader(dataset, 128)))
    assert logits.shape == (len(dataset), 7)


def test_pretrained_weights_come_without_a_download(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("socket.socket.connect", None)
    torch.manual_seed(1)
    one, other = (build("efficientnet_lite0", classes, pretrained=True).state_dict() for classes in (2, 3))
    random = build("efficientnet_lite0", 2).state_dict()
    name = "backbone.network._conv_stem.weight"
    assert torch.equal(one[name], other[name])
    assert not torch.equal(one[name], random[name])


@pytest.mark.parametrize(
    ("network", "pretrained", "reason"),
    [
        ("resnet", False, "no network is called 'resnet'"),
        ("compact", True, "compact network has no pretrained weights"),
    ],
)
def test_networks_that_are_refused(network: str, pretrained: bool, reason: str) -> None:
    with pytest.raises(Mistake, match=reason):
        build(network, 2, pretrained)
