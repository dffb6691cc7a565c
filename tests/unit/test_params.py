"""params.yaml: the shipped file, defaults, and what is refused with which message."""

from dataclasses import replace
from pathlib import Path

import pytest

from model.contract.errors import Mistake
from model.params import Params, PrepareParams, TrainParams, load_params


def test_the_shipped_file_says_what_the_defaults_say(pytestconfig: pytest.Config) -> None:
    """But for the teacher, which small data needs time for and gains little from, and for what a GPU has time for."""
    shipped, defaults = load_params(pytestconfig.rootpath / "params.yaml"), Params()
    assert shipped.train.distillation == 1
    of_a_gpu = ("epochs", "patience", "batch_size", "learning_rate", "views", "mixup", "distillation")
    train = replace(shipped.train, **{name: getattr(defaults.train, name) for name in of_a_gpu})
    teacher = replace(shipped.teacher, **{name: getattr(defaults.teacher, name) for name in of_a_gpu})
    assert replace(shipped, train=train, teacher=teacher) == defaults


def test_what_is_left_out_has_its_default(tmp_path: Path) -> None:
    path = tmp_path / "params.yaml"
    path.write_text("train: {epochs: 3, mixup: 1}\n")
    assert load_params(path) == Params(train=TrainParams(epochs=3, mixup=1))
    path.write_text("")
    assert load_params(path) == Params()
    path.write_text("prepare: {classes: [größe, Hund]}\n", "utf-8")
    assert load_params(path) == Params(PrepareParams(classes=("größe", "Hund")))
    path.write_text("prepare: {classes: }\ntrain:\n")
    assert load_params(path) == Params()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("train: {epoch: 3}", "'epoch' is not a parameter; there are network, pretrained"),
        ("train: {epochs: many}", "epochs must be a whole number, not 'many'"),
        ("train: {epochs: 2.5}", "epochs must be a whole number, not 2.5"),
        ("train: {epochs: true}", "epochs must be a whole number, not True"),
        ("train: {epochs: 0}", "epochs must be between 1 and 100000, not 0"),
        ("train: {learning_rate: .nan}", "learning_rate must be between"),
        ("train: {pretrained: 1}", "pretrained must be true or false, not 1"),
        ("train: {network: 18}", "network must be a name, not 18"),
        ("prepare: {size: -1}", "size must be between 16 and 1024, not -1"),
        ("prepare: {test: 0.9}", "test must be between"),
        ("prepare: [1, 2]", r"expected names with values, not \[1, 2\]"),
        ("training: {epochs: 1}", "must consist of the sections prepare, teacher, train, export"),
        ("just words", "must consist of the sections prepare, teacher, train, export"),
        ("prepare: {classes: cat}", "classes must be a list of names, such as .cat, dog., not 'cat'"),
        ("prepare: {classes: [yes, no]}", "classes must be a list of names"),
        ("prepare: {classes: [cat]}", "a model needs 2 to 1,000 classes, not 1"),
        ("prepare: {classes: [cat, cat]}", "two classes are called cat"),
        ("prepare: {classes: [cat, Cat]}", "two classes are called cat"),
        ("prepare: {classes: false}", "classes must be a list of names"),
        ("train: {learning_rate: 1e-3}", "learning_rate must be a number: YAML takes 1e-3 for a text, write 0.001"),
        ("train: {balance: 2}", "balance must be between 0 and 1, not 2"),
        ("a: [1", "is not YAML"),
        ("\x00", "is not YAML"),
    ],
)
def test_mistakes_are_named(tmp_path: Path, text: str, reason: str) -> None:
    path = tmp_path / "params.yaml"
    path.write_text(text)
    with pytest.raises(Mistake, match=reason):
        load_params(path)


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(Mistake, match="cannot be read: No such file"):
        load_params(tmp_path / "none.yaml")
