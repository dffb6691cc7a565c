"""Networks: logits for each photo, and names that are refused."""

from pathlib import Path

import pytest
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader

from model.contract.errors import Mistake
from model.prepare.dataset import Dataset
from model.train.network import Classifier, build, check_network, predict_logits
from model.train.trainer import Trainer
from model.train.transforms import validation_transform
from model.train.views import Views
from tests.unit.conftest import TRAIN

CPU = torch.device("cpu")


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
        ("squeezenet1_0", False, "squeezenet1_0 has no last linear layer"),
    ],
)
def test_networks_that_are_refused(network: str, pretrained: bool, reason: str) -> None:
    with pytest.raises(Mistake, match=reason):
        build(network, 2, pretrained)


class Picky(nn.Module):
    """Has a tuple for an answer in training, and only takes images of 32x32 pixels, as some of torchvision's do."""

    def __init__(self, auxiliary: bool):
        super().__init__()
        self.auxiliary = auxiliary
        self.last = nn.Linear(3, 2)

    def forward(self, images: Tensor) -> Tensor | tuple[Tensor, Tensor]:
        assert images.shape[-1] == 32
        logits: Tensor = self.last(images.mean((2, 3)))
        return (logits, logits) if self.auxiliary and self.training else logits


def test_networks_that_do_not_work_as_they_are(prepared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    check_network(Classifier(Picky(auxiliary=False)), 2, 32)
    with pytest.raises(Mistake, match=r"Picky does not work with images of 48x48 pixels \(AssertionError\): set other"):
        check_network(Classifier(Picky(auxiliary=False)), 2, 32, 48)
    with pytest.raises(Mistake, match="its answer is not one number for each class"):
        check_network(Classifier(Picky(auxiliary=True)), 2, 32)
    monkeypatch.setattr("model.train.trainer.build", lambda *_: Classifier(Picky(auxiliary=False)))
    with pytest.raises(Mistake, match="images of 48x48 pixels"):  # of the validation split
        Trainer(TRAIN, Views(prepared, TRAIN), CPU)


def test_trying_a_network_changes_nothing() -> None:
    torch.manual_seed(1)
    network = build("compact", 2)
    before = {name: value.clone() for name, value in network.state_dict().items()}
    state = torch.get_rng_state()
    check_network(network, 2, 32)
    assert torch.equal(torch.get_rng_state(), state)
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())
