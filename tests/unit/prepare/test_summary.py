"""What model.prepare says about the photos: classes, what was left out, and classes with few photos."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from model.contract.errors import Mistake
from model.prepare.arrays import prepare
from model.prepare.summary import Summary, describe, load_summary
from tests.unit.conftest import PREPARE


def summary_of(train: dict[str, int], **others: int) -> Summary:
    none = dict.fromkeys(train, 0)
    dropped = {"ignored": 1, "unreadable": 2, "duplicate": 1234, "in two classes": 0}
    return {
        "classes": list(train),
        "size": 48,
        "data": "",
        "dropped": dropped,
        "near_duplicates": others.get("near_duplicates", 0),
        "splits": {"train": train, "validation": none | others, "test": dict.fromkeys(train, 1)},
    }


def test_a_class_50_times_rarer_is_named() -> None:
    sentences = list(describe(summary_of({"cat": 5000, "dog": 100, "cow": 1500}, cat=9, dog=9, cow=9)))
    assert sentences == [
        "3 classes: cat 5,010, dog 110, cow 1,510",
        "left out: 1 ignored, 2 unreadable, 1,234 duplicate, 0 in two classes",
        "rarer than cat: dog (50 times); model.train shows their photos more often (train.balance)",
    ]


def test_copies_and_classes_without_photos_in_a_split_are_named() -> None:
    sentences = list(describe(summary_of({f"class {number}": 20 for number in range(12)}, near_duplicates=7)))
    assert sentences[0].endswith("class 9 21 and 2 more")
    assert "7 photos are copies, and in the split of their original" in sentences
    assert sentences[-1].startswith("no photo in the validation split, so nothing is measured there: class 0, class 1,")


def test_params_give_the_order_of_the_classes(photos: Path, tmp_path: Path) -> None:
    summary = prepare(photos, tmp_path / "out", replace(PREPARE, classes=("dog", "cat")))
    assert summary == load_summary(tmp_path / "out")
    assert summary["classes"] == ["dog", "cat"]
    assert list(summary["splits"]["train"]) == ["dog", "cat"]
    with pytest.raises(Mistake, match=r"has no photos of the class cow, which params\.yaml or the model names"):
        prepare(photos, tmp_path / "out", replace(PREPARE, classes=("cat", "cow")))


def test_folders_of_earlier_versions_are_made_anew(photos: Path, prepared: Path, tmp_path: Path) -> None:
    shutil.copytree(prepared, tmp_path / "out")
    (tmp_path / "out" / "skipped.csv").unlink()
    (tmp_path / "out" / "summary.json").write_text('{"data": "", "splits": {}}')
    with pytest.raises(Mistake, match="does not name its classes, an earlier version made it: run python -m model"):
        load_summary(tmp_path / "out")
    assert prepare(photos, tmp_path / "out", PREPARE) == load_summary(tmp_path / "out")


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", "\udcff", '{"classes": ["cat", "dog"]}'])
def test_a_damaged_summary(text: str, tmp_path: Path) -> None:
    (tmp_path / "summary.json").write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(Mistake, match=r"summary\.json is not what model\.prepare writes: run python -m model\.prepare"):
        load_summary(tmp_path)
