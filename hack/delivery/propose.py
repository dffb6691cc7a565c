"""Opens a pull request with what hack/train made: model.pt, dvc.lock, the comparison with main's model, pictures.

A model of other photos than main's brings data/photos.dvc along: the next training is of the photos that main names.

  hack/propose [FOLDER]    default: runs/proposal. Needs gh and a remote that takes pushes.

The pictures are pushed as a branch of their own, without history, and shown from there: no other service is needed,
main does not grow by them, and they last as long as the branch does. They are as public as the repository.
"""

import os
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from hack.delivery.command import PROJECT, CommandError, Parser, Settings, need, run, say
from hack.delivery.git import WorkingCopy
from model.contract.metadata import model_version

DEFAULT_FOLDER = PROJECT / "runs/proposal"
PHOTOS = "data/photos.dvc"
# by their names in the folder; hack/train leaves no photos.dvc where photos are not versioned
MODEL_FILES = {"model.pt": "model.pt", "dvc.lock": "dvc.lock", "photos.dvc": PHOTOS}
OTHER_PHOTOS = f"""
**Other photos:** `{PHOTOS}` names others than main's. The next training looks for them in DVC's remote. Before this is
merged, `dvc push {PHOTOS}` where it was trained, or `python -m model.fetch` them and push from there.
"""


class Proposal:
    """What hack/train left in a folder, on its way into one working copy's remote."""

    def __init__(self, copy: WorkingCopy, folder: Path):
        self.copy = copy
        self.folder = folder
        self.pictures = sorted(folder.glob("*.png"))
        self.version = model_version(folder / "model.pt")

    def propose(self) -> None:
        """Pushes both branches and opens the pull request, unless main or an earlier proposal has the file."""
        branch = f"train/{self.version}"
        if self.write_blob(self.folder / "model.pt") == self.copy.run("rev-parse", "main:model.pt").stdout.strip():
            say("it is the file that main has: nothing to propose")
            return
        if self.copy.git("ls-remote", "origin", f"refs/heads/{branch}"):
            say(f"{branch} is there already: this file was proposed before")
            return
        pictures, model = self.commit_pictures(), self.commit_model()
        text = self.write_text(pictures, has_other_photos=bool(self.copy.git("diff", "main", model, "--", PHOTOS)))
        self.copy.git(
            "push", "-q", "origin", f"{model}:refs/heads/{branch}", f"{pictures}:refs/heads/pictures/{self.version}"
        )
        open_pull_request(branch, f"Model {self.version}", text)

    def write_blob(self, file: Path) -> str:
        """Stores a file's content in git; returns its hash."""
        return self.copy.git("hash-object", "-w", str(file))

    def commit_pictures(self) -> str:
        """Returns a commit without a parent that holds the pictures."""
        with tempfile.TemporaryDirectory() as folder:
            pictures = {picture.name: picture for picture in self.pictures}
            return self.commit_files(pictures, Path(folder), f"Pictures of model.pt {self.version}")

    def commit_model(self) -> str:
        """Returns a commit on top of main. The working tree, which hack/train has changed, is not touched."""
        files = {place: self.folder / name for name, place in MODEL_FILES.items() if (self.folder / name).exists()}
        message = f"model.pt {self.version}, trained by hack/train"
        with tempfile.TemporaryDirectory() as folder:
            return self.commit_files(files, Path(folder), message, "main")

    def commit_files(self, files: Mapping[str, Path], scratch: Path, message: str, parent: str = "") -> str:
        """Returns a commit with these files, by their paths in it, added to the parent's; its index is in `scratch`."""
        index = str(scratch / "index")
        self.copy.git("read-tree", parent or "--empty", GIT_INDEX_FILE=index)
        for place, file in files.items():
            entry = f"100644,{self.write_blob(file)},{place}"
            self.copy.git("update-index", "--add", "--cacheinfo", entry, GIT_INDEX_FILE=index)
        tree = self.copy.git("write-tree", GIT_INDEX_FILE=index)
        return self.copy.git("commit-tree", *(("-p", parent) if parent else ()), "-m", message, tree)

    def write_text(self, pictures: str, has_other_photos: bool) -> str:
        """Returns the pull request's text: the report, what to do for other photos, and links to the pictures."""
        repository = os.environ.get("GITHUB_REPOSITORY") or gh(
            "repo", "view", "--json", "nameWithOwner", "--jq", ".nameWithOwner"
        )
        base = f"{os.environ.get('GITHUB_SERVER_URL') or 'https://github.com'}/{repository}/blob/{pictures}"
        links = [f"\n### {p.stem}\n![{p.stem}]({base}/{p.name}?raw=true)\n" for p in self.pictures]
        report = (self.folder / "report.md").read_text()
        return report + (OTHER_PHOTOS if has_other_photos else "") + "".join(links)


def open_pull_request(branch: str, title: str, text: str) -> None:
    """Opens it against main, and prints its address."""
    with tempfile.NamedTemporaryFile("w", suffix=".md") as file:
        file.write(text)
        file.flush()
        print(gh("pr", "create", "--base", "main", "--head", branch, "--title", title, "--body-file", file.name))


def gh(*arguments: str) -> str:
    """What GitHub's command prints."""
    done = subprocess.run(["gh", *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise CommandError(f"gh {' '.join(arguments[:2])} failed", done.stderr.strip())
    return done.stdout.strip()


def main(arguments: Sequence[str] | None = None) -> int:
    """Parses the command line and proposes; returns the exit status."""
    parser = Parser("propose", __doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=DEFAULT_FOLDER, help="default: runs/proposal")
    folder: Path = parser.parse_args(arguments).folder.resolve()
    if not (folder / "model.pt").is_file():
        raise CommandError(f"there is no proposal in {folder}", "hack/train makes one.")
    need("gh", "https://cli.github.com")
    Proposal(WorkingCopy(Settings.read().repository), folder).propose()
    return 0


if __name__ == "__main__":
    run(main)
