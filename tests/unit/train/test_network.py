"""Networks: logits for each photo, and names that are refused."""

from pathlib import Path

import pytest
import torch

from model.contract.errors import Mistake
from model.prepare.dataset import Dataset
from model.train.network import build, predict_logits

CPU = torch.device("cpu")


@pytest.mark.parametrize("network", ["compact", "mobilenet_v3_small", "resnet18"])
def test_networks_answer_with_a_logit_for_each_class(network: str, prepared: Path) -> None:
    dataset = Dataset(prepared, "test")
    logits = predict_logits(build(network, 7), (batch.images for batch in dataset.batches(128, CPU)))
    assert logits.shape == (len(dataset), 7)


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
