"""The commands of hack/ that write a folder remove nothing that they did not make."""

import os
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from tests.unit.delivery.clones import write_program
from tests.unit.everything import everything

PROJECT = Path(__file__).resolve().parents[3]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the commands, with a person's photos and files in the places that they write to."""
    for name in ("argocd", "hack", "manifests", "model", "tests/smoke"):
        shutil.copytree(PROJECT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("runs/demo/photos/cat", "runs/demo/photos/dog", "mine/cat", "mine/dog", "notes"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "1.jpg").write_text("precious")
    (tmp_path / "notes.txt").write_text("precious")
    (tmp_path / "link").symlink_to(tmp_path / "runs/demo/photos")
    (tmp_path / "linked-class").mkdir()
    (tmp_path / "linked-class/cat").symlink_to(tmp_path / "runs/demo/photos/cat")
    return tmp_path


def mark(folder: Path, command: str, *unfinished: str) -> None:
    """The list that a command leaves, of all that is there now; a number of a process that has ended."""
    found = "find . ! -name . -type f -exec cksum {} + -o ! -name . -type d -exec printf 'folder %s\\n' {} +"
    listed = subprocess.run(["sh", "-c", found], cwd=folder, capture_output=True, text=True, check=True).stdout
    lines = [f"unfinished 99999999 ./{name}\n" for name in unfinished]
    (folder / f".made-by-{command}").write_text(("" if unfinished else listed) + "".join(lines))


def refused(project: Path, *command: str, **variables: str) -> str:
    before = everything(project)
    done = subprocess.run(
        [project / "hack" / command[0], *command[1:]],
        cwd=project, env=os.environ | variables,
        capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (1, "")
    assert len(done.stderr.splitlines()) == 2  # what is wrong, and what to do next
    assert everything(project) == before
    return done.stderr


@pytest.mark.parametrize("place", ["runs/demo/photos", "runs/demo", "runs", ".", "link", "link/..", "linked-class"])
def test_photos_in_the_demos_own_folder_are_refused(place: str, project: Path) -> None:
    mark(project / "runs/demo", "demo")
    assert "lie in one another" in refused(project, "demo", "--data", place)


def test_a_demo_folder_with_somebodys_files_stays(project: Path) -> None:
    assert "runs/demo has photos" in refused(project, "demo", "--data", "mine")
    mark(project / "runs/demo", "demo")
    (project / "runs/demo/photos/cat/mine.jpg").write_text("added by hand")
    assert "runs/demo has photos/cat/mine.jpg in it" in refused(project, "demo")


@pytest.mark.parametrize(
    ("arguments", "epochs", "words"),
    [
        *((["--classes", count], "", "is not a number of classes") for count in ("abc", "0", "1", "-3", "1001", "")),
        *(([], epochs, "is not a number of passes") for epochs in ("abc", "0", "-1", "1.5")),
        (["--data", "none"], "", "there are no photos in"),
    ],
)
def test_the_demo_refuses_before_it_removes(arguments: list[str], epochs: str, words: str, project: Path) -> None:
    (project / "none/cat").mkdir(parents=True)
    mark(project / "runs/demo", "demo")
    assert words in refused(project, "demo", *arguments, EPOCHS=epochs)


@pytest.mark.parametrize("place", ["notes", "mine", ".", "notes.txt", "link"])
def test_a_diagnosis_goes_to_a_folder_of_its_own(place: str, project: Path) -> None:
    assert refused(project, "diagnose", place)


def test_an_environment_that_somebody_else_made_stays(project: Path) -> None:
    """uv makes them without pip."""
    (project / ".venv").mkdir()
    (project / ".venv/pyvenv.cfg").write_text("uv = 0.13.9")
    assert ".venv is not one that hack/install made" in refused(project, "install")


def test_an_environment_that_a_link_leads_to_stays(project: Path) -> None:
    """It may be another checkout's, whose requirements are others."""
    (project / "other/.venv").mkdir(parents=True)
    (project / "other/.venv/stamp").write_text("of other requirements")
    (project / ".venv").symlink_to(project / "other/.venv")
    assert ".venv leads to an environment that is out of date here" in refused(project, "install")


def test_folders_without_files_are_somebodys_too(project: Path) -> None:
    (project / "plan/2027/empty").mkdir(parents=True)
    assert "plan has 2027 in it, which hack/diagnose did not make" in refused(project, "diagnose", "plan")


def test_what_was_edited_since_stays(project: Path) -> None:
    mark(project / "runs/demo", "demo")
    (project / "runs/demo/photos/dog/1.jpg").write_text("Precious")
    assert "runs/demo/photos/dog/1.jpg was changed since hack/demo made it" in refused(project, "demo")


def test_what_is_beside_unfinished_work_stays(project: Path) -> None:
    mark(project / "runs/demo", "demo", "photos")
    (project / "runs/demo/photos-of-mine").write_text("precious")
    assert "runs/demo has photos-of-mine in it" in refused(project, "demo")


def test_a_place_that_cannot_be_written_is_one_sentence(project: Path) -> None:
    assert "/sys/new cannot be written" in refused(project, "diagnose", "/sys/new")


@pytest.fixture
def tools(project: Path) -> dict[str, str]:
    """Programs that find no cluster; syft writes a list. An environment of variables in which they come first."""
    for name in ("kubectl", "kind", "docker"):
        write_program(project / "bin", name, "exit 1")
    write_program(project / "bin", "syft", 'file=${@: -1}; echo "{\\"bomFormat\\": \\"CycloneDX\\"}" > "${file#*=}"')
    write_program(project / "bin", "grype", "exit 0")
    return os.environ | {"PATH": f"{project / 'bin'}:{os.environ['PATH']}", "SERVING_REPO": str(project)}


def call(project: Path, tools: dict[str, str], *command: str) -> tuple[int, str]:
    done = subprocess.run(
        [f"hack/{command[0]}", *command[1:]],
        cwd=project, env=tools, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL, check=False,
    )  # fmt: skip
    return done.returncode, done.stderr


def test_a_diagnosis_replaces_itself_and_nothing_that_was_put_into_it(project: Path, tools: dict[str, str]) -> None:
    # somebody saves a file while the command runs
    write_program(project / "bin", "kind", f"mkdir -p '{project}/new/kind/a b'; echo mine > '{project}/new/mine.txt'")
    assert call(project, tools, "diagnose", "new")[0] == 0
    assert "new has mine.txt in it" in refused(project, "diagnose", "new")
    (project / "new/mine.txt").unlink()
    (project / "new/.DS_Store").touch()
    write_program(project / "bin", "kind", "exit 1")
    assert call(project, tools, "diagnose", "new") == (0, "diagnose: into new\n")
    assert not (project / "new/kind").exists()


def test_a_killed_command_knows_its_work_again(project: Path, tools: dict[str, str]) -> None:
    half = f"mkdir '{project}/new/kind'; echo half > '{project}/new/kind/a'; kill -9 $COMMAND"
    write_program(project / "bin", "kind", half)
    run = subprocess.run(
        ["bash", "-c", "export COMMAND=$$; exec hack/diagnose new"],
        cwd=project, env=tools, capture_output=True, check=False,
    )  # fmt: skip
    assert run.returncode == -signal.SIGKILL
    assert (project / "new/kind/a").exists()
    write_program(project / "bin", "kind", "exit 1")
    assert call(project, tools, "diagnose", "new")[0] == 0
    assert not (project / "new/kind").exists()


def test_two_at_once_do_not_remove_each_others_work(project: Path, tools: dict[str, str]) -> None:
    write_program(project / "bin", "kind", "exec sleep 20")
    with subprocess.Popen(
        [project / "hack/diagnose", "new"], cwd=project, env=tools, stderr=subprocess.DEVNULL
    ) as first:
        while not (project / "new/kind.txt").exists():
            assert first.poll() is None
        assert "hack/diagnose is writing to new already" in refused(project, "diagnose", "new")
        first.terminate()


@pytest.mark.parametrize("place", ["notes", "notes.txt", "link", "bom.json"])
def test_a_list_of_an_image_replaces_only_its_own(place: str, project: Path) -> None:
    (project / "bom.json").write_text('{"bomFormat": "CycloneDX"}')
    assert refused(project, "scan-image", "image@sha256:0", place)


def test_a_list_of_an_image_is_replaced_unless_it_was_edited(project: Path, tools: dict[str, str]) -> None:
    for _ in range(2):
        assert call(project, tools, "scan-image", "image@sha256:0", "new.json")[0] == 0
    (project / "new.json").write_text("{}")
    assert "./new.json was changed since hack/scan-image made it" in refused(project, "scan-image", "image", "new.json")


@pytest.mark.parametrize("path", [".", "PLACE"])
def test_cdpath_leads_nowhere_else(path: str, project: Path, tools: dict[str, str]) -> None:
    (project / "elsewhere/hack").mkdir(parents=True)
    variables = tools | {"CDPATH": path.replace("PLACE", str(project / "elsewhere"))}
    for command in ("diagnose", "install", "verdict"):
        status, said = call(project, variables, command, "--help")
        assert (status, said) == (0, "")
