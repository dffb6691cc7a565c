"""hack/propose: a trained model becomes a pull request."""

from pathlib import Path

import pytest

from tests.unit.delivery.clones import Clone, make_clones, write_program

REPORT = "| on 200 test photos | baseline | candidate |\n"


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    """What hack/train leaves: the working tree changed, and its result in runs/proposal."""
    (clone,) = make_clones(tmp_path, count=1)
    write_program(clone.programs, "gh", f'echo "$@" > {tmp_path}/gh.txt; cp "${{@: -1}}" {tmp_path}/body.md')
    clone.commit(".gitignore", "/runs/\n", "Ignore runs")
    clone.commit("dvc.lock", "old\n", "Lock")
    clone.commit("model.pt", "old\n", "Model")
    proposal = clone.folder / "runs/proposal"
    proposal.mkdir(parents=True)
    (proposal / "report.md").write_text(REPORT)
    for name in ("confusion.png", "mistakes.png"):
        (proposal / name).write_bytes(name.encode())
    for name in ("model.pt", "dvc.lock"):
        (proposal / name).write_text("new\n")
        (clone.folder / name).write_text("new\n")
    return clone


def branches(clone: Clone) -> list[str]:
    return sorted(
        line.partition("refs/heads/")[2] for line in clone.git("ls-remote", "origin", "refs/heads/*").splitlines()
    )


def test_a_pull_request_with_pictures(clone: Clone, tmp_path: Path) -> None:
    status, said = clone.run("hack/propose", GITHUB_REPOSITORY="some/one")
    assert status == 0, said
    pictures, proposed = (next(b for b in branches(clone) if b.startswith(kind)) for kind in ("pictures/", "train/"))
    assert f"pr create --base main --head {proposed} " in (tmp_path / "gh.txt").read_text()
    clone.git("fetch", "-q")
    changed = clone.git("diff", "--name-only", "main", f"origin/{proposed}").splitlines()
    assert changed == ["dvc.lock", "model.pt"]
    assert clone.git("rev-list", "--count", f"main..origin/{proposed}") == "1"
    # the pictures have no history, so they make nothing else larger
    assert clone.git("rev-list", "--count", f"origin/{pictures}") == "1"
    assert clone.git("ls-tree", "--name-only", f"origin/{pictures}").splitlines() == ["confusion.png", "mistakes.png"]
    body = (tmp_path / "body.md").read_text()
    assert body.startswith(REPORT)
    commit = clone.git("rev-parse", f"origin/{pictures}")
    assert f"](https://github.com/some/one/blob/{commit}/mistakes.png?raw=true)" in body
    # the working tree is as hack/train left it
    assert clone.git("status", "--porcelain").split() == ["M", "dvc.lock", "M", "model.pt"]


@pytest.mark.parametrize("has_photos", [False, True], ids=["main has none yet", "main has others"])
def test_other_photos_come_along(has_photos: bool, clone: Clone, tmp_path: Path) -> None:
    """Without them, the next training would be of main's photos again."""
    if has_photos:
        clone.commit("data/photos.dvc", "old photos\n", "Photos")
    (clone.folder / "runs/proposal/photos.dvc").write_text("new photos\n")
    status, said = clone.run("hack/propose", GITHUB_REPOSITORY="some/one")
    assert status == 0, said
    proposed = next(branch for branch in branches(clone) if branch.startswith("train/"))
    clone.git("fetch", "-q")
    changed = clone.git("diff", "--name-only", "main", f"origin/{proposed}").splitlines()
    assert changed == ["data/photos.dvc", "dvc.lock", "model.pt"]
    assert clone.git("show", f"origin/{proposed}:data/photos.dvc") == "new photos"
    assert "`dvc push data/photos.dvc`" in (tmp_path / "body.md").read_text()


def test_the_photos_of_main_are_no_change(clone: Clone, tmp_path: Path) -> None:
    clone.commit("data/photos.dvc", "photos\n", "Photos")
    (clone.folder / "runs/proposal/photos.dvc").write_text("photos\n")
    assert clone.run("hack/propose", GITHUB_REPOSITORY="some/one")[0] == 0
    proposed = next(branch for branch in branches(clone) if branch.startswith("train/"))
    clone.git("fetch", "-q")
    assert clone.git("diff", "--name-only", "main", f"origin/{proposed}").splitlines() == ["dvc.lock", "model.pt"]
    assert "dvc push" not in (tmp_path / "body.md").read_text()


def test_the_same_file_is_proposed_once(clone: Clone) -> None:
    clone.run("hack/propose", GITHUB_REPOSITORY="some/one")
    before = branches(clone)
    status, said = clone.run("hack/propose", GITHUB_REPOSITORY="some/one")
    assert status == 0
    assert "was proposed before" in said
    assert branches(clone) == before


def test_the_file_of_main_is_not_proposed(clone: Clone) -> None:
    (clone.folder / "runs/proposal/model.pt").write_text("old\n")
    status, said = clone.run("hack/propose")
    assert status == 0
    assert "it is the file that main has" in said
    assert branches(clone) == ["main"]


def test_github_tells_which_repository_it_is(clone: Clone, tmp_path: Path) -> None:
    write_program(clone.programs, "gh", f'[[ $1 == repo ]] && echo some/other || cp "${{@: -1}}" {tmp_path}/body.md')
    assert clone.run("hack/propose", "runs/proposal")[0] == 0
    assert "](https://github.com/some/other/blob/" in (tmp_path / "body.md").read_text()


def test_what_github_refuses_is_said(clone: Clone) -> None:
    write_program(clone.programs, "gh", "echo HTTP 403 >&2; exit 1")
    status, said = clone.run("hack/propose", GITHUB_REPOSITORY="some/one")
    assert (status, "gh pr create failed" in said, "HTTP 403" in said) == (1, True, True)


def test_there_is_nothing_to_propose(clone: Clone, tmp_path: Path) -> None:
    status, said = clone.run("hack/propose", str(tmp_path / "elsewhere"))
    assert (status, f"there is no proposal in {tmp_path}/elsewhere" in said) == (1, True)


def test_a_remote_that_is_gone(clone: Clone) -> None:
    clone.git("remote", "set-url", "origin", "/no/such/remote")
    status, said = clone.run("hack/propose", GITHUB_REPOSITORY="some/one")
    assert (status, "git ls-remote failed" in said, "/no/such/remote" in said) == (1, True, True)
