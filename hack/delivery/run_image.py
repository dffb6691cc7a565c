"""Runs an image as a cluster would (read-only, no capabilities, no privileges, the limits that manifests/ state), and
judges it from outside: the gate (golden photos, bad input, metrics, revision, claims), labelled photos where there are
some, and the integration tests. Then it must end well. Nothing is left running.

  hack/run-image              the image of HEAD, which is built; shows its answer to a golden photo
  hack/run-image PHOTO…       to these
  hack/run-image --photos DIR asks it about labelled photos, DIR/CLASS/*.jpg; default: data/labelled, if that is there
  SERVING_IMAGE=NAME@sha256:… hack/run-image     an image that exists already; by its digest, because a tag may be moved

Labelled photos are asked about twice: the image, and the version that main runs, if docker can have it. The image is
refused if it is worse than that, or less accurate than manifests/base/claims.json asks for, beyond chance (p < 0.05).
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from hack.delivery.command import PROJECT, CommandError, Parser, Settings, run, say
from hack.delivery.container import (
    INFERENCESERVICE,
    Container,
    Limits,
    docker,
    need_docker,
    provide,
    read_revision,
)
from hack.delivery.expected import EXPECTED, MODEL, expected_text, read_model
from hack.delivery.git import WorkingCopy
from hack.delivery.kustomization import read_image
from hack.delivery.labelled import FORM, Photo, ask_all, ask_tolerantly, compare, find_photos, judge
from hack.delivery.python_programs import find_packages, variables
from hack.delivery.release_images import run_script
from hack.server_process import exit_on_signals
from tests.smoke.client import Client, Failed
from tests.smoke.expected import CLAIMS, Claims, read_claims
from tests.smoke.gate import Late, wait_ready
from tests.smoke.image_reference import ImageReference

LABELLED = "data/labelled"
READY_SECONDS = 60.0


class Trial:
    """One image on trial.

    Args:
        copy: the working copy, whose manifests state limits and claims.
        image: the image's name.
        folder: for files of the trial.
    """

    def __init__(self, copy: WorkingCopy, image: str, folder: Path):
        self.copy = copy
        self.image = image
        self.folder = folder
        self.revision = read_revision(image)
        self.limits = Limits((copy.folder / INFERENCESERVICE).read_text())
        self.released = read_image(copy)
        expected = expected_text(copy, self.revision)
        self.classes: list[str] = json.loads(expected)["classes"]
        (folder / Path(EXPECTED).name).write_text(expected)
        (folder / MODEL).write_bytes(read_model(copy, self.revision))
        if (copy.folder / CLAIMS).is_file():  # the judge says so where it is missing
            (folder / Path(CLAIMS).name).write_bytes((copy.folder / CLAIMS).read_bytes())

    def run(self, asked: Sequence[Path], labelled: Sequence[Photo]) -> None:
        """Runs the image and all that judges it; raises CommandError if it is not fit."""
        say(f"starting {self.image}")
        with Container(self.image, self.limits) as container:
            if self.smoke("gate", container.url):
                print(container.logs(20), file=sys.stderr)
                raise CommandError("the image is not fit for traffic", "See the reason above.")
            if not asked:
                self.show(container.url, None)
            for photo in asked:
                self.show(container.url, photo)
            labels = ask_all(container.url, labelled)
            if labelled:
                judge(labelled, labels, self.read_claims())
            self.test(container.url)
            container.check_health()
            say("stopping it")
            container.stop()
        if labelled:
            self.compare(labelled, labels)

    def smoke(self, command: str, url: str, photo: Path | None = None) -> int:
        """Runs a command of the judge on this machine; returns its exit status."""
        image = ImageReference(self.released.name, self.revision)
        with (photo or Path(os.devnull)).open("rb") as stdin:
            return subprocess.run(
                [sys.executable, "-m", "tests.smoke", command, url, "--expected", str(self.folder)],
                env=variables(SERVING_EXPECTED_IMAGE=str(image)), stdin=stdin, check=False,
            ).returncode  # fmt: skip

    def show(self, url: str, photo: Path | None) -> None:
        """Prints the answer about a photo, or about a golden one if None."""
        print(f"{photo or 'a golden photo'}: ", end="", flush=True)
        if self.smoke("ask", url, photo):
            raise CommandError(f"no answer about {photo or 'a golden photo'}")

    def read_claims(self) -> Claims:
        """What people ask of every model; raises CommandError if they do not say."""
        try:
            return read_claims(self.folder)
        except Failed as failure:
            raise CommandError(str(failure)) from None

    def compare(self, labelled: Sequence[Photo], labels: Sequence[str]) -> None:
        """Asks the version that main runs about the same photos, where docker can have it."""
        released = self.released
        names = [str(replace(released, name=f"{self.image.partition('/')[0]}/{released.path}")), str(released)]
        present = None if released.revision == self.revision else provide(names)
        if released.revision == self.revision:
            say("main runs the same image: nothing to compare with")
        elif present is None:
            say(f"{released}, which main runs, cannot be pulled: nothing to compare with")
        else:
            with Container(present, self.limits) as container:
                try:
                    wait_ready(Client(container.url), READY_SECONDS)
                except Late:
                    say(f"{present}, which main runs, does not start here: nothing to compare with")
                    return
                compare(labelled, labels, ask_all(container.url, labelled, ask_tolerantly), released.revision)

    def test(self, url: str) -> None:
        """Runs those integration tests that need nothing but an address; raises CommandError if one fails."""
        say("integration tests")
        done = subprocess.run(
            [find_packages(), "-m", "pytest", "-q", "-p", "no:cacheprovider", "-m", "image", "tests/integration"],
            cwd=PROJECT, capture_output=True, text=True, check=False,
            env=variables(
                SERVING_TEST_SERVER=url, SERVING_TEST_MODEL=str(self.folder / MODEL), OMP_NUM_THREADS="1",
            ),
        )  # fmt: skip
        lines = (done.stdout + done.stderr).strip().splitlines()
        if done.returncode:
            print(*lines[-40:], sep="\n", file=sys.stderr)
            raise CommandError("the image fails integration tests", "See above.")
        say(f"integration tests: {lines[-1]}")


def find_labelled(copy: WorkingCopy, classes: Sequence[str], folder: Path | None) -> list[Photo]:
    """Returns the labelled photos in a folder, or in data/labelled if None and that is there.

    Raises:
        CommandError: as `find_photos`, or DVC knows photos that are not here.
    """
    place = folder or copy.folder / LABELLED
    if folder is None and not place.exists():
        if place.with_suffix(".dvc").exists():
            raise CommandError(f"{LABELLED}.dvc names labelled photos, which are not here", f"dvc pull {LABELLED}.dvc")
        return []
    return find_photos(place, classes)


def main(arguments: Sequence[str] | None = None) -> int:
    """Parses the command line and tries the image; returns the exit status."""
    parser = Parser("run-image", __doc__)
    parser.add_argument(
        "asked", nargs="*", type=Path, metavar="PHOTO", help="is shown to the image, and its answer to you"
    )
    parser.add_argument("--photos", type=Path, metavar="DIR", help="labelled photos, DIR/CLASS/*.jpg")
    options = parser.parse_args(arguments)
    for photo in options.asked:
        if not os.access(photo, os.R_OK) or photo.is_dir():
            raise CommandError(f"{photo} cannot be read")
    if options.photos and not options.photos.is_dir():
        raise CommandError(f"there is no folder {options.photos} of labelled photos", FORM)
    need_docker()
    exit_on_signals()
    copy = WorkingCopy(Settings.read().repository)
    image = os.environ.get("SERVING_IMAGE") or run_script("build-image", "HEAD", capture=True, SERVING_PUSH="none")
    with tempfile.TemporaryDirectory() as folder:
        trial = Trial(copy, image, Path(folder))
        trial.run(options.asked, find_labelled(copy, trial.classes, options.photos))
    size = int(docker("image", "inspect", "-f", "{{.Size}}", image)) / 1e9
    say(f"good: it answers, it is what it says it is, and it stops cleanly; {size:.2f} GB")
    return 0


if __name__ == "__main__":
    run(main)
