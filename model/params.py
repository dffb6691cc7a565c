"""The parameters of `params.yaml`, with their defaults and limits."""

import re
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, TypeVar, cast

import yaml

from model.contract.classes import check_classes
from model.contract.errors import Mistake


@dataclass(frozen=True)
class PrepareParams:
    """How photos become arrays."""

    classes: tuple[str, ...] = ()  # in the order of the outputs; else the folders' names, sorted
    size: int = 180  # side of the images to train on, in pixels
    validation: float = 0.08  # share of the photos
    test: float = 0.10  # share of the photos


@dataclass(frozen=True)
class TrainParams:
    """How a network is trained."""

    network: str = "compact"  # or efficientnet_lite0, or the name of a torchvision classification network
    pretrained: bool = False  # start from ImageNet weights
    first_crop: int = 64  # side of the random crops in the first epoch, in pixels; smaller ones take less time
    crop: int = 112  # the same in the second half of the epochs, and the most it is before
    size: int = 128  # side of the validation images; larger than the crops (Touvron et al. 2019, FixRes)
    epochs: int = 160
    patience: int = 60  # epochs without a better validation loss before training stops
    batch_size: int = 64
    learning_rate: float = 0.003  # of AdamW, peak of the one-cycle schedule
    weight_decay: float = 0.05  # of AdamW
    label_smoothing: float = 0.05
    balance: float = 0.5  # how much more often photos of rare classes are shown; 0 turns it off, 1 is most
    mixup: float = 0.0  # alpha of the Beta distribution; 0 turns it off; with a teacher, of half of the views
    distillation: float = 0.0  # weight of the teacher's answers; the labels have the rest
    views: int = 8  # of each photo, about which a teacher is asked; the epochs show them in turn
    averaging: float = 0.998  # decay per step of the averaged weights; those are evaluated and exported
    seed: int = 1


@dataclass(frozen=True)
class TeacherParams(TrainParams):
    """How a larger network is fine-tuned, whose answers the other one learns."""

    network: str = "efficientnet_lite0"
    pretrained: bool = True
    first_crop: int = 160
    crop: int = 160
    size: int = 192
    epochs: int = 6
    patience: int = 6
    learning_rate: float = 0.0005
    label_smoothing: float = 0.1
    averaging: float = 0.99


@dataclass(frozen=True)
class ExportParams:
    """What the exported model expects."""

    size: int = 128  # side of its input, in pixels; may differ from the crops of training; a multiple of 32 is quicker
    sure_accuracy: float = 0.99  # of the answers that are not marked as unsure, on the validation split


@dataclass(frozen=True)
class Params:
    """All of params.yaml."""

    prepare: PrepareParams = field(default_factory=PrepareParams)
    teacher: TeacherParams = field(default_factory=TeacherParams)
    train: TrainParams = field(default_factory=TrainParams)
    export: ExportParams = field(default_factory=ExportParams)


FLOAT = re.compile(r"[+-]?\d+(\.\d*)?e[+-]?\d+", re.IGNORECASE)  # YAML 1.1 wants a dot and a sign
TYPE_NAMES = {int: "a whole number", float: "a number", bool: "true or false", str: "a name"}
Section = TypeVar("Section", PrepareParams, TrainParams, TeacherParams, ExportParams)

# least and greatest value, both allowed
LIMITS: dict[str, tuple[float, float]] = {
    "size": (16, 1024),
    "validation": (0.001, 0.5),
    "test": (0.001, 0.49),
    "first_crop": (16, 1024),
    "crop": (16, 1024),
    "epochs": (1, 100_000),
    "patience": (1, 100_000),
    "batch_size": (2, 100_000),
    "learning_rate": (1e-9, 100),
    "weight_decay": (0, 100),
    "label_smoothing": (0, 0.9),
    "balance": (0, 1),
    "mixup": (0, 100),
    "distillation": (0, 1),
    "views": (1, 1000),
    "averaging": (0, 0.999999),
    "sure_accuracy": (0, 1),
    "seed": (0, 2**63 - 1),
}


def load_params(path: Path) -> Params:
    """Reads a file such as params.yaml; what it leaves out has its default.

    Raises:
        Mistake: no such file, not YAML, or an unknown name, a wrong type or a value out of range.
    """
    try:
        tree = yaml.safe_load(path.read_text("utf-8")) or {}
    except OSError as error:
        raise Mistake(f"{path} cannot be read: {error.strerror}") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise Mistake(f"{path} is not YAML: {' '.join(str(error).split())}") from None
    known = [section.name for section in fields(Params)]
    if not isinstance(tree, dict) or set(tree) - set(known):
        raise Mistake(f"{path} must consist of the sections {', '.join(known)}, and has others")
    try:
        return Params(
            _section(PrepareParams, tree.get("prepare")),
            _section(TeacherParams, tree.get("teacher")),
            _section(TrainParams, tree.get("train")),
            _section(ExportParams, tree.get("export")),
        )
    except ValueError as error:
        raise Mistake(f"{path}: {error}") from None


def _section(kind: type[Section], values: dict[str, Any] | None) -> Section:
    if not isinstance(values, dict | None):
        raise ValueError(f"expected names with values, not {values!r}")
    known = {item.name: item for item in fields(kind)}
    for name, value in (values or {}).items():
        if name not in known:
            raise ValueError(f"{name!r} is not a parameter; there are {', '.join(known)}")
        if name == "classes":
            continue
        expected = cast("type", known[name].type)
        if expected is float and isinstance(value, str) and FLOAT.fullmatch(value):
            raise ValueError(f"{name} must be a number: YAML takes {value} for a text, write {float(value)}")
        if type(value) is not expected and not (expected is float and type(value) is int):
            raise ValueError(f"{name} must be {TYPE_NAMES[expected]}, not {value!r}")
        if name in LIMITS and not LIMITS[name][0] <= cast("float", value) <= LIMITS[name][1]:
            raise ValueError(f"{name} must be between {LIMITS[name][0]} and {LIMITS[name][1]}, not {value!r}")
    return kind(**_with_classes(values or {}))


def _with_classes(values: dict[str, Any]) -> dict[str, Any]:
    """The same values, with a list of classes as a tuple."""
    if "classes" not in values:
        return values
    names = [] if values["classes"] is None else values["classes"]
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise ValueError(f"classes must be a list of names, such as [cat, dog], not {names!r}")
    try:
        return values | {"classes": check_classes(names) if names else ()}
    except Mistake as mistake:
        raise ValueError(str(mistake)) from None
