"""What can be set: `params.yaml`, checked, with its defaults."""

from dataclasses import dataclass, field, fields
from pathlib import Path

import yaml

from model.command import Mistake


@dataclass(frozen=True)
class PrepareParams:
    """How photos become arrays."""

    size: int = 128  # side of the model's input, in pixels
    validation: float = 0.08  # share of the photos
    test: float = 0.10  # share of the photos


@dataclass(frozen=True)
class TrainParams:
    """How the network is trained."""

    network: str = "compact"  # or the name of a torchvision classification network
    pretrained: bool = False  # start from torchvision's ImageNet weights
    first_crop: int = 64  # side of the random crops in the first epoch, in pixels
    crop: int = 112  # the same in the last third; smaller than the input (Touvron et al. 2019, FixRes)
    epochs: int = 80
    patience: int = 30  # epochs without a better validation loss before training stops
    batch_size: int = 128
    learning_rate: float = 0.2  # peak of the one-cycle schedule
    weight_decay: float = 5e-4
    label_smoothing: float = 0.05
    mixup: float = 0.2  # alpha of the Beta distribution; 0 turns it off
    averaging: float = 0.998  # decay per step of the averaged weights; those are evaluated and exported
    seed: int = 1


@dataclass(frozen=True)
class Params:
    prepare: PrepareParams = field(default_factory=PrepareParams)
    train: TrainParams = field(default_factory=TrainParams)


def load_params(path: Path) -> Params:
    """Reads a file such as params.yaml; what it leaves out has its default.

    Raises:
        Mistake: no such file, not YAML, or a name or type that is not known.
    """
    try:
        tree = yaml.safe_load(path.read_text()) or {}
        return Params(_section(PrepareParams, tree.pop("prepare", {})), _section(TrainParams, tree.pop("train", {})))
    except OSError as error:
        raise Mistake(f"{path} cannot be read: {error.strerror}") from None
    except yaml.YAMLError as error:
        raise Mistake(f"{path} is not YAML: {' '.join(str(error).split())}") from None
    except (TypeError, ValueError, AttributeError) as error:
        raise Mistake(f"{path}: {error}") from None


def _section(kind: type, values: dict):
    known = {item.name: item for item in fields(kind)}
    for name, value in values.items():
        if name not in known:
            raise ValueError(f"{name!r} is not a parameter; there are {', '.join(known)}")
        expected = known[name].type
        if not isinstance(value, expected) and not (expected is float and type(value) is int):
            raise ValueError(f"{name} must be {expected.__name__}, not {value!r}")
    return kind(**values)
