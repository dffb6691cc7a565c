"""hack/train, with stand-ins for the hours in it."""

from pathlib import Path

import pytest

from tests.unit.delivery.clones import Clone, make_clones, write_program

PYTHON = """echo "$@" >> calls
case $2 in
    model.fetch) mkdir -p "$4" ;;
    model.accept) cat "$4" > baseline; echo "| table |" > "${@: -1}"; exit "${REFUSED:-0}" ;;
esac"""
DVC = """echo "dvc $*" >> calls
[[ $1 != pull || -n ${EMPTY:-} ]] || mkdir -p data/photos
[[ -e data/photos ]] || exit 1
mkdir -p runs/evaluation
for made in catdog.pt dvc.lock runs/evaluation/mistakes.png; do echo new > "$made"; done"""


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    (clone,) = make_clones(tmp_path, count=1)
    write_program(clone.programs, "python", PYTHON)
    write_program(clone.programs, "dvc", DVC)
    write_program(clone.folder / "hack", "install", "exit 0")
    clone.commit("catdog.pt", "baseline\n", "Model")
    return clone


def test_the_proposal_is_whole_and_the_baseline_is_mains(clone: Clone) -> None:
    (clone.folder / "catdog.pt").write_text("an earlier try\n")
    status, said = clone.run("hack/train", "sample")
    assert status == 0, said
    assert (clone.folder / "baseline").read_text() == "baseline\n"
    proposal = clone.folder / "runs/proposal"
    made = {path.name for path in proposal.iterdir() if path.name[0] != "."}
    assert made == {"catdog.pt", "dvc.lock", "mistakes.png", "report.md"}
    assert (proposal / "catdog.pt").read_text() == "new\n"
    fetch, repro, accept = (clone.folder / "calls").read_text().splitlines()
    assert (fetch, repro) == ("-m model.fetch sample data/photos", "dvc repro")
    assert accept.startswith("-m model.accept catdog.pt ")


def test_an_earlier_proposal_is_replaced_unless_something_was_put_into_it(clone: Clone) -> None:
    for _ in range(2):
        assert clone.run("hack/train", "sample")[0] == 0
    notes = clone.folder / "runs/proposal/notes.txt"
    notes.write_text("mine")
    status, said = clone.run("hack/train", "sample")
    assert status == 1
    assert "runs/proposal has notes.txt in it, which hack/train did not make" in said
    assert notes.read_text() == "mine"


def test_a_refusal_fails_and_leaves_its_report(clone: Clone) -> None:
    status, _ = clone.run("hack/train", REFUSED="1")
    assert status == 1
    assert (clone.folder / "runs/proposal/report.md").exists()
    assert (clone.folder / "calls").read_text().startswith("-m model.fetch pets data/photos\n")


def test_photos_that_are_there_are_taken(clone: Clone) -> None:
    (clone.folder / "data/photos").mkdir(parents=True)
    assert clone.run("hack/train", "pets")[0] == 0
    assert "model.fetch" not in (clone.folder / "calls").read_text()


def test_photos_that_a_commit_names_come_from_dvcs_remote(clone: Clone) -> None:
    clone.commit("data/photos.dvc", "outs: []\n", "Photos")
    assert clone.run("hack/train")[0] == 0
    assert (clone.folder / "calls").read_text().startswith("dvc pull data/photos\ndvc repro\n")


def test_photos_that_the_remote_does_not_have(clone: Clone) -> None:
    clone.commit("data/photos.dvc", "outs: []\n", "Photos")
    status, said = clone.run("hack/train", EMPTY="1")
    assert status == 1
    assert "the photos of data/photos.dvc are not there" in said
    assert clone.run("hack/train", "sample", EMPTY="1")[0] == 0
