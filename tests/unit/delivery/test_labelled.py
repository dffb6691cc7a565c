"""Labelled photos: which folders are understood, and what their figures decide."""

from pathlib import Path

import pytest

from hack.delivery.command import CommandError
from hack.delivery.labelled import Photo, ask_all, compare, find_photos, judge
from tests.smoke.expected import Claims, Expected, read_expected
from tests.unit.delivery.clones import PROJECT
from tests.unit.smoke.stand_in import StandIn, serve

CLASSES = ("cat", "dog")
CLAIMS = Claims(CLASSES, 0.9)


def make_photos(folder: Path, count: int, classes: tuple[str, ...] = CLASSES) -> Path:
    """So many files for each class, each of other bytes."""
    for label in classes:
        (folder / label).mkdir(parents=True)
        for number in range(count):
            (folder / label / f"{number:03}.jpg").write_text(f"{label} {number}")
    return folder


@pytest.fixture(scope="module")
def expected() -> Expected:
    return read_expected(PROJECT / "manifests/base", "1" * 40)


def teach(server: StandIn, photos: list[Photo], wrong: int = 0) -> None:
    """Lets a server know photos, of which it gets the first ones wrong."""
    for number, photo in enumerate(photos):
        cat = float((photo.label == "cat") != (number < wrong))
        server.answers[photo.path.read_bytes()] = {"cat": cat, "dog": 1 - cat}


def labels(wrong: set[int], total: int = 200) -> list[str]:
    """Of photos that are all cats, those with these numbers are called dogs."""
    return ["dog" if number in wrong else "cat" for number in range(total)]


CATS = [Photo(Path(f"{number}.jpg"), "cat") for number in range(200)]


def test_photos_in_a_fixed_order(tmp_path: Path) -> None:
    make_photos(tmp_path, 2)
    for name in ("dog/a.PNG", "dog/b.webp", "dog/notes.txt", "dog/.hidden.jpg", "notes.txt"):
        (tmp_path / name).touch()
    (tmp_path / ".dvc").mkdir()
    found = [(str(photo.path.relative_to(tmp_path)), photo.label) for photo in find_photos(tmp_path, ("dog", "cat"))]
    names = ["cat/000.jpg", "cat/001.jpg", "dog/000.jpg", "dog/001.jpg", "dog/a.PNG", "dog/b.webp"]
    assert found == [(name, name[:3]) for name in names]


@pytest.mark.parametrize(
    ("classes", "words"),
    [
        ((), "has no folders of classes"),
        (("cat", "dog", "fox"), "has a folder that is no class of the model: fox"),
        (("cat",), "has no folder of the class: dog"),
    ],
)
def test_folders_of_other_classes(tmp_path: Path, classes: tuple[str, ...], words: str) -> None:
    with pytest.raises(CommandError, match=words):
        find_photos(make_photos(tmp_path, 1, classes), CLASSES)


def test_folders_without_photos(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=f"there is no folder {tmp_path}/none of labelled photos"):
        find_photos(tmp_path / "none", CLASSES)
    make_photos(tmp_path, 1)
    (tmp_path / "dog/000.jpg").rename(tmp_path / "dog/000.txt")
    with pytest.raises(CommandError, match=f"{tmp_path}/dog has no photos: .jpeg, .jpg, .png, .webp"):
        find_photos(tmp_path, CLASSES)


def test_each_photo_is_asked_about(tmp_path: Path, expected: Expected) -> None:
    photos = find_photos(make_photos(tmp_path, 20), CLASSES)
    with serve(StandIn(expected)) as server:
        teach(server, photos, wrong=3)
        server.busy = 2
        said = ask_all(server.url, photos)
    assert [label == photo.label for label, photo in zip(said, photos, strict=True)] == [False] * 3 + [True] * 37


def test_a_photo_that_is_refused_is_named(tmp_path: Path, expected: Expected) -> None:
    photos = find_photos(make_photos(tmp_path, 5), CLASSES)
    with serve(StandIn(expected)) as server:
        teach(server, photos[:-1])
        with pytest.raises(CommandError, match=f"{tmp_path}/dog/004.jpg is refused: 400 not a photo"):
            ask_all(server.url, photos)


@pytest.mark.parametrize(
    ("body", "words"), [(b"{}", "another form"), (b"words", "not JSON"), (b'{"predictions": []}', "another form")]
)
def test_an_answer_of_another_form(tmp_path: Path, expected: Expected, body: bytes, words: str) -> None:
    photos = find_photos(make_photos(tmp_path, 1), CLASSES)
    with serve(StandIn(expected, body=body)) as server:
        teach(server, photos)
        with pytest.raises(CommandError, match=f"no label of {tmp_path}/cat/000.jpg: .*{words}"):
            ask_all(server.url, photos)


def test_a_photo_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "1.jpg").mkdir()
    with pytest.raises(CommandError, match=f"{tmp_path}/1.jpg cannot be read: Is a directory"):
        ask_all("http://127.0.0.1:1", [Photo(tmp_path / "1.jpg", "cat")])


def test_accuracy_below_the_claims_is_refused_beyond_chance(capsys: pytest.CaptureFixture[str]) -> None:
    judge(CATS, labels(set(range(26))), CLAIMS)  # 87 %: one image in ten of 90 % does so
    said = capsys.readouterr().err
    assert "accuracy 87.00 % (measured: 174 of 200 labelled photos; 95 % interval 81.63 % to 90.97 %)" in said
    assert "manifests/base/claims.json asks for at least 90.00 %" in said
    with pytest.raises(CommandError, match=r"less accurate than it must be, beyond chance \(p = 0.0\d+\)"):
        judge(CATS, labels(set(range(29))), CLAIMS)


def test_worse_than_the_version_of_main_is_refused_beyond_chance(capsys: pytest.CaptureFixture[str]) -> None:
    old = labels({0, 1})
    compare(CATS, labels({0, 2, 3, 4, 5}), old, "1" * 40)  # 4 to 1
    said = capsys.readouterr().err
    assert "111111111111, which main runs: accuracy 99.00 % (measured: 198 of 200); both say the same of 195" in said
    with pytest.raises(
        CommandError, match=r"\(p = 0.0195\): it alone gets 1 labelled photos right, 111111111111 alone 8"
    ):
        compare(CATS, labels({0, *range(2, 10)}), old, "1" * 40)
