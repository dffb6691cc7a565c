"""What the judge reads from git: what a model must answer, and what people ask of it."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.smoke.client import Failed
from tests.smoke.expected import Expected, compare_claims, compare_classes, read_claims, read_expected
from tests.unit.smoke.pods import REVISION

REWRITE = r"^manifests/base/expected\.json is not what python -m hack\.delivery\.expected writes"


def change(folder: Path, name: str, **changes: Any) -> None:
    path = folder / name
    path.write_text(json.dumps(json.loads(path.read_bytes()) | changes))


def test_the_file_in_git(expected: Expected) -> None:
    assert expected.revision == REVISION
    assert len(expected.model_version) == 12
    assert expected.classes == ("cat", "dog")
    assert expected.accuracy is not None
    assert expected.accuracy > 0.9
    kinds = {item.photo[:4] for item in expected.goldens}
    assert {b"\x89PNG", b"RIFF"} < kinds
    assert any(item.photo.startswith(b"\xff\xd8") for item in expected.goldens)
    for item in expected.goldens:
        assert sum(item.probabilities) == pytest.approx(1, abs=1e-3)
        assert item.most_factor > 1


@pytest.mark.parametrize("name", ["expected.json", "claims.json"])
def test_a_file_that_is_missing_or_no_json(folder: Path, name: str) -> None:
    def read() -> None:
        read_expected(folder, REVISION)
        read_claims(folder)

    read()
    for text, reason in (("{", "is not JSON"), ("[" * 10**5, "is not JSON"), ("[]", "is not a JSON object")):
        (folder / name).write_text(text)
        with pytest.raises(Failed, match=rf"^manifests/base/{name} {reason}$"):
            read()
    (folder / name).unlink()
    with pytest.raises(Failed, match=rf"^manifests/base/{name} cannot be read: No such file or directory$"):
        read()


GOLDEN = {
    "what": "PNG",
    "photo": "aGVsbG8=",
    "probabilities": [0.4, 0.6],
    "tolerance": {"probability": 0.01, "factor": 1.5},
}
WRONG: list[dict[str, Any]] = [
    {"model_version": 1},
    {"model_version": None},
    {"classes": "cat"},
    {"classes": 2},
    {"classes": ["cat"]},
    {"classes": ["cat", 1]},
    {"classes": ["cat", "cat"]},
    {"classes": ["cat", "dog", "owl"]},
    {"accuracy": 96.4},
    {"accuracy": "0.9"},
    {"accuracy": True},
    {"test_photos": -1},
    {"test_photos": "many"},
    {"golden": None},
    {"golden": []},
    {"golden": [1]},
    *({"golden": [GOLDEN | wrong]} for wrong in ({"photo": "?"}, {"photo": ""}, {"photo": 1})),
    *({"golden": [GOLDEN | {"probabilities": wrong}]} for wrong in ([0.5], [0.5, "0.5"], [2, -1], 1, None)),
    *({"golden": [GOLDEN | {"tolerance": wrong}]} for wrong in ({}, 1, {"probability": 0.1, "factor": 1})),
    {"golden": [GOLDEN | {"tolerance": {"probability": "0.1", "factor": 1.5}}]},
]


@pytest.mark.parametrize("wrong", WRONG, ids=str)
def test_a_file_that_is_not_what_is_expected(folder: Path, wrong: dict[str, Any]) -> None:
    change(folder, "expected.json", golden=[GOLDEN])
    assert len(read_expected(folder, REVISION).goldens) == 1
    change(folder, "expected.json", **wrong)
    with pytest.raises(Failed, match=REWRITE):
        read_expected(folder, REVISION)


@pytest.mark.parametrize("classes", [None, "cat", [], [1], {"cat": 1}])
def test_claims_without_classes(folder: Path, classes: Any) -> None:
    change(folder, "claims.json", classes=classes)
    with pytest.raises(Failed, match=r"^manifests/base/claims\.json has no list of classes, such as "):
        read_claims(folder)


@pytest.mark.parametrize("least", [None, "0.9", 95, -0.1, True, float("nan")])
def test_claims_without_accuracy(folder: Path, least: Any) -> None:
    change(folder, "claims.json", least_accuracy=least)
    with pytest.raises(Failed, match=r'^manifests/base/claims\.json has no share from 0 to 1 as "least_accuracy"$'):
        read_claims(folder)


def compared(folder: Path) -> str:
    return compare_claims(read_expected(folder, REVISION), read_claims(folder))


def test_what_the_file_claims(folder: Path) -> None:
    change(folder, "expected.json", accuracy=0.912, test_photos=1960)
    asks = "manifests/base/claims.json asks for at least 50.00 %"
    assert compared(folder) == f"accuracy 91.20 % on 1,960 test photos (claimed), {asks}"
    change(folder, "expected.json", test_photos=None)
    assert compared(folder) == f"accuracy 91.20 % (claimed), {asks}"
    change(folder, "claims.json", least_accuracy=0.912)
    assert compared(folder)
    change(folder, "claims.json", least_accuracy=0.95)
    with pytest.raises(Failed) as failed:
        compared(folder)
    assert str(failed.value) == (
        "the model file claims an accuracy of 91.20 %, manifests/base/claims.json asks for at least 95.00 %"
    )
    change(folder, "expected.json", accuracy=None)
    with pytest.raises(Failed, match=r"^the model file claims no accuracy, manifests/base/claims\.json asks for"):
        compared(folder)


@pytest.mark.parametrize(
    ("claimed", "changes"),
    [(["cat"], "dog came"), (["owl", "cat", "dog"], "owl went"), (["owl"], "cat, dog came, owl")],
)
def test_other_classes_than_people_ask_for(folder: Path, claimed: list[str], changes: str) -> None:
    change(folder, "claims.json", classes=claimed)
    with pytest.raises(Failed, match=f"^the model file has other classes than manifests/base/claims.json: {changes}"):
        compared(folder)


def test_many_classes_make_no_long_sentence() -> None:
    with pytest.raises(Failed, match=r"class 0, class 1, class 2, class 3, class 4 and 995 more came, cat went"):
        compare_classes([f"class {number}" for number in range(1000)], ["cat"])
