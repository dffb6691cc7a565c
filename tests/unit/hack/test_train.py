"""hack/train, with stand-ins for the hours in it."""

from pathlib import Path

import pytest

from tests.unit.delivery.clones import Clone, make_clones, write_program

PYTHON = """echo "$@" >> calls
case $2 in
    model.fetch) mkdir -p "$4" ;;
    model.accept)
        [[ $3 != data/prepared ]] || exit "${INCOMPARABLE:-0}"
        cat "$4" > baseline; echo "| table |" > "${@: -1}"; exit "${REFUSED:-0}" ;;
esac"""
DVC = """echo "dvc $*" >> calls
echo "region=${AWS_DEFAULT_REGION-none} key=${AWS_ACCESS_KEY_ID-none} store=${MLFLOW_TRACKING_URI-none}" > settings
[[ $1 != remote ]] || exit 0
[[ $1 != pull || -n ${EMPTY:-} ]] || mkdir -p data/photos
[[ -e data/photos ]] || exit 1
[[ $* != *--dry* ]] || exit 0
mkdir -p runs/evaluation
for made in model.pt dvc.lock runs/evaluation/mistakes.png; do echo new > "$made"; done"""

UP_TO_DATE = """echo "dvc $*" >> calls
[[ $* != *--dry* ]] || echo 'Data and pipelines are up to date.'"""


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    (clone,) = make_clones(tmp_path, count=1)
    write_program(clone.programs, "python", PYTHON)
    write_program(clone.programs, "dvc", DVC)
    write_program(clone.folder / "hack", "install", "exit 0")
    clone.commit("model.pt", "baseline\n", "Model")
    return clone


def test_the_proposal_is_whole_and_the_baseline_is_mains(clone: Clone) -> None:
    (clone.folder / "model.pt").write_text("an earlier try\n")
    status, said = clone.run("hack/train", "sample")
    assert status == 0, said
    assert (clone.folder / "baseline").read_text() == "baseline\n"
    proposal = clone.folder / "runs/proposal"
    made = {path.name for path in proposal.iterdir() if path.name[0] != "."}
    assert made == {"model.pt", "dvc.lock", "mistakes.png", "report.md"}
    assert (proposal / "model.pt").read_text() == "new\n"
    fetch, prepare, foresee, look, repro, accept = (clone.folder / "calls").read_text().splitlines()
    assert (fetch, prepare, repro) == ("-m model.fetch sample data/photos", "dvc repro prepare", "dvc repro")
    assert look == "dvc repro --dry --allow-missing"
    assert foresee.startswith("-m model.accept data/prepared ")
    assert accept.startswith("-m model.accept model.pt ")


def test_other_photos_are_part_of_the_proposal(clone: Clone) -> None:
    """Main has photos, others were named, and DVC wrote down which."""
    clone.commit("data/photos.dvc", "old\n", "Photos")
    (clone.folder / "data/photos.dvc").write_text("new\n")
    assert clone.run("hack/train", "sample")[0] == 0
    assert (clone.folder / "runs/proposal/photos.dvc").read_text() == "new\n"


def test_a_merged_proposal_is_not_trained_again(clone: Clone) -> None:
    """It may bring photos along, which begin a training; a runner has no more than what git has."""
    clone.commit("dvc.lock", "lock\n", "Lock")
    write_program(clone.programs, "dvc", UP_TO_DATE)
    status, said = clone.run("hack/train", "sample")
    assert status == 0, said
    assert "of these photos, this code and these parameters: nothing is trained" in said
    assert "dvc repro" not in (clone.folder / "calls").read_text().splitlines()
    proposal = clone.folder / "runs/proposal"
    assert {path.name for path in proposal.iterdir() if path.name[0] != "."} == {"model.pt", "dvc.lock"}
    assert (proposal / "model.pt").read_text() == "baseline\n"  # so hack/propose sees that there is nothing to propose


def test_no_hours_on_photos_that_cannot_be_compared(clone: Clone) -> None:
    assert clone.run("hack/train", "sample", INCOMPARABLE="1")[0] == 1
    assert "dvc repro" not in (clone.folder / "calls").read_text().splitlines()


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
    status, _ = clone.run("hack/train", SERVING_PHOTOS="pets", REFUSED="1")
    assert status == 1
    assert (clone.folder / "runs/proposal/report.md").exists()
    assert (clone.folder / "calls").read_text().startswith("-m model.fetch pets data/photos\n")


def test_no_photos_are_named(clone: Clone) -> None:
    status, said = clone.run("hack/train", SERVING_PHOTOS="")
    assert status == 1
    assert "no photos are named: commit the data/photos.dvc of main's model, or name PHOTOS or SERVING_PHOTOS" in said
    assert not (clone.folder / "calls").exists()
    assert not (clone.folder / "runs").exists()


def test_photos_that_are_there_are_taken(clone: Clone) -> None:
    (clone.folder / "data/photos").mkdir(parents=True)
    assert clone.run("hack/train", "pets")[0] == 0
    assert "model.fetch" not in (clone.folder / "calls").read_text()


def test_photos_that_a_commit_names_come_from_dvcs_remote(clone: Clone) -> None:
    clone.commit("data/photos.dvc", "outs: []\n", "Photos")
    assert clone.run("hack/train")[0] == 0
    assert (clone.folder / "calls").read_text().startswith("dvc pull data/photos\ndvc repro prepare\n")


def test_settings_are_passed_on_and_empty_ones_are_none(clone: Clone) -> None:
    clone.commit("data/photos.dvc", "outs: []\n", "Photos")
    settings = {"AWS_ACCESS_KEY_ID": "me", "AWS_DEFAULT_REGION": "", "MLFLOW_TRACKING_URI": "http://store"}
    assert clone.run("hack/train", SERVING_DVC_REMOTE="s3://b/p q", SERVING_PHOTOS="", **settings)[0] == 0
    assert (clone.folder / "settings").read_text() == "region=none key=me store=http://store\n"
    assert (clone.folder / "calls").read_text().splitlines()[:2] == [
        "dvc remote add --quiet --local --force train-workflow s3://b/p q",
        "dvc pull --remote train-workflow data/photos",
    ]


def test_photos_that_the_remote_does_not_have(clone: Clone) -> None:
    clone.commit("data/photos.dvc", "outs: []\n", "Photos")
    status, said = clone.run("hack/train", EMPTY="1")
    assert status == 1
    assert "the photos of data/photos.dvc are not there" in said
    assert clone.run("hack/train", "sample", EMPTY="1")[0] == 0
