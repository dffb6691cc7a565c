"""hack/run-image: docker only says what it is asked to say; the server that it is said to run is a stand-in."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from hack.delivery.labelled import find_photos
from model.settings import NAME
from tests.smoke.expected import read_expected
from tests.unit.delivery.clones import Clone, write_program
from tests.unit.delivery.docker import calls, is_removed, use_docker
from tests.unit.delivery.registry import IMAGE_PATH
from tests.unit.delivery.test_labelled import CLASSES, make_photos, teach
from tests.unit.smoke.stand_in import StandIn, serve

IMAGE = f"localhost:5001/{IMAGE_PATH}@sha256:{'b' * 64}"
CLAIMS = "manifests/base/claims.json"
OLD = "1" * 40
PRESENT = f"localhost:5001/{IMAGE_PATH}:{OLD}"


@pytest.fixture
def clone(clones: list[Clone]) -> Clone:
    """A clone, and a docker that has the image of its HEAD."""
    clone = clones[0]
    if not (clone.folder / CLAIMS).exists():
        clone.commit(CLAIMS, json.dumps({"classes": CLASSES, "least_accuracy": 0.9}), "Claims")
    use_docker(clone, IMAGE)
    return clone


def make_server(clone: Clone) -> StandIn:
    revision = (clone.programs / "revision").read_text()
    return StandIn(read_expected(clone.folder / "manifests/base", revision))


@pytest.fixture
def server(clone: Clone) -> Iterator[StandIn]:
    """What the image serves."""
    with serve(make_server(clone)) as server:
        (clone.programs / "ports").write_text(f"{IMAGE} {server.port}\n")
        yield server


@pytest.fixture
def present(clone: Clone, server: StandIn) -> Iterator[StandIn]:
    """What the version serves that main runs; docker has its image."""
    clone.bump(OLD)
    (clone.programs / "known").write_text(f"{PRESENT}\n")
    with serve(make_server(clone)) as present:
        with (clone.programs / "ports").open("a") as ports:
            ports.write(f"{PRESENT} {present.port}\n")
        yield present


def test_an_image_is_judged_from_outside(clone: Clone, server: StandIn) -> None:
    status, said = clone.run("hack/run-image")
    assert status == 0, said
    (started,) = [call for call in calls(clone) if call.startswith("run ")]
    for words in (
        "--read-only",
        "--memory 1879048192 --cpus 2 ",
        "--cap-drop ALL",
        f"-p 127.0.0.1::8080 -e SERVING_NAME={NAME} {IMAGE}",
    ):
        assert words in started
    assert "gate: golden: " in said
    assert "a golden photo: 200 {" in said
    assert "integration tests: 7 passed in 3 s" in said
    assert "good: it answers, it is what it says it is, and it stops cleanly; 2.00 GB" in said
    tested = (clone.programs / "tested").read_text()
    assert tested.startswith(f"{server.url} ")
    assert "-m image tests/integration" in tested
    assert [call.split()[0] for call in calls(clone)[-4:-1]] == ["stop", "inspect", "rm"]
    assert not [call for call in calls(clone) if call.startswith("exec")]
    assert is_removed(clone)


def test_photos_are_shown(clone: Clone, server: StandIn, tmp_path: Path) -> None:
    (tmp_path / "mine.jpg").write_bytes(server.expected.goldens[1].photo)
    status, said = clone.run("hack/run-image", str(tmp_path / "mine.jpg"))
    assert (status, f"{tmp_path}/mine.jpg: 200 {{" in said, "a golden photo: " in said) == (0, True, False)
    (tmp_path / "text.jpg").write_text("not a photo")
    status, said = clone.run("hack/run-image", str(tmp_path / "text.jpg"))
    assert (status, f"no answer about {tmp_path}/text.jpg" in said, is_removed(clone)) == (1, True, True)


def test_an_unfit_image_is_refused(clone: Clone, server: StandIn) -> None:
    server.changes = {"probabilities": {"cat": 0.5, "dog": 0.5}}
    status, said = clone.run("hack/run-image")
    assert (status, "the answer to a golden photo" in said, "its last lines" in said) == (1, True, True)
    assert "the image is not fit for traffic" in said
    assert not (clone.programs / "tested").exists()
    assert is_removed(clone)


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({"TESTED": "1"}, "the image fails integration tests"),
        ({"HEALTH": "unhealthy"}, "its HEALTHCHECK says unhealthy"),
        ({"CODE": "137"}, "it ended with exit status 137 after SIGTERM"),
    ],
)
def test_what_else_must_be_right(clone: Clone, server: StandIn, environment: dict[str, str], words: str) -> None:
    status, said = clone.run("hack/run-image", **environment)
    assert (status, words in said, "good: " in said) == (1, True, False), said
    assert is_removed(clone)


def test_labelled_photos_are_measured(clone: Clone, server: StandIn) -> None:
    photos = find_photos(make_photos(clone.folder / "data/labelled", 50), CLASSES)
    teach(server, photos, wrong=4)
    status, said = clone.run("hack/run-image")
    assert status == 0, said
    assert "accuracy 96.00 % (measured: 96 of 100 labelled photos; 95 % interval " in said
    assert "which main runs, cannot be pulled: nothing to compare with" in said


def test_too_few_labelled_photos_are_right(clone: Clone, server: StandIn, tmp_path: Path) -> None:
    photos = find_photos(make_photos(tmp_path / "mine", 50), CLASSES)
    teach(server, photos, wrong=50)
    status, said = clone.run("hack/run-image", "--photos", str(tmp_path / "mine"))
    assert (status, "less accurate than it must be, beyond chance" in said) == (1, True)
    assert not (clone.programs / "tested").exists()


def test_the_same_photos_are_shown_to_the_version_of_main(clone: Clone, server: StandIn, present: StandIn) -> None:
    photos = find_photos(make_photos(clone.folder / "data/labelled", 50), CLASSES)
    teach(server, photos, wrong=2)
    teach(present, photos, wrong=1)
    status, said = clone.run("hack/run-image")
    assert (status, "both say the same of 99 (99.00 %)" in said) == (0, True), said
    teach(present, photos)
    teach(server, photos, wrong=5)
    status, said = clone.run("hack/run-image")
    assert (status, "the image is worse than what main runs, beyond chance (p = 0.0312)" in said) == (1, True), said
    assert is_removed(clone)


def test_the_image_that_main_runs_is_compared_with_nothing(clone: Clone, server: StandIn) -> None:
    teach(server, find_photos(make_photos(clone.folder / "data/labelled", 20), CLASSES))
    clone.bump((clone.programs / "revision").read_text())
    status, said = clone.run("hack/run-image")
    assert (status, "main runs the same image: nothing to compare with" in said) == (0, True), said


def test_photos_that_only_dvc_has_are_missed(clone: Clone, server: StandIn) -> None:
    (clone.folder / "data").mkdir()
    (clone.folder / "data/labelled.dvc").touch()
    status, said = clone.run("hack/run-image")
    assert (status, "data/labelled.dvc names labelled photos, which are not here" in said) == (1, True)
    assert "dvc pull data/labelled.dvc" in said


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("none.jpg",), "none.jpg cannot be read"),
        (("hack",), "hack cannot be read"),
        (("--photos", "none"), "there is no folder none of labelled photos"),
        (("--photos", "hack"), "hack has a folder that is no class of the model: "),
    ],
)
def test_bad_arguments_are_one_sentence(clone: Clone, server: StandIn, arguments: tuple[str, ...], words: str) -> None:
    status, said = clone.run("hack/run-image", *arguments)
    assert (status, words in said, len(said.splitlines()) <= 2) == (1, True, True), said
    assert not (clone.programs / "calls").exists() or "run " not in (clone.programs / "calls").read_text()


def test_what_docker_does_not_have(clone: Clone, server: StandIn) -> None:
    status, said = clone.run("hack/run-image", SERVING_IMAGE="another")
    assert (status, said) == (1, "run-image: there is no image another\n")
    write_program(clone.programs, "docker", "exit 1")
    status, said = clone.run("hack/run-image")
    assert (status, "its engine does not answer" in said) == (1, True)


def test_an_image_of_no_commit_here(clone: Clone, server: StandIn) -> None:
    (clone.programs / "revision").write_text("unknown")
    status, said = clone.run("hack/run-image")
    assert (status, "unknown has no model.pt" in said) == (1, True)
