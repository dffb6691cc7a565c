"""Is the model of a release worse than the one that main runs? Compared photo by photo, by model.accept."""

import json
import subprocess
import tempfile
from pathlib import Path

from hack.delivery.command import CommandError, say
from hack.delivery.expected import EXPECTED, MODEL, read_model
from hack.delivery.git import WorkingCopy
from hack.delivery.python_programs import find_packages, variables
from model.contract.metadata import model_version

WAY = 'hack/release --accept-model "REASON" releases it all the same, and the reason is in the commit.'


class Models:
    """Compares the models of two revisions.

    Args:
        copy: the working copy that has them.
        reason: why a model is released that is refused; empty where there is none.
    """

    def __init__(self, copy: WorkingCopy, reason: str = ""):
        self.copy = copy
        self.reason = reason
        self.objections: dict[tuple[str, str], str] = {}
        """What speaks against a model in place of another one, by the hashes of both; empty if nothing does."""

    def check(self, revision: str, released: str) -> str:
        """Compares the model of a revision with that of the revision that main runs, unless it is the same.

        Returns:
            What the commit's message is to say about a model that is released for a reason; often nothing.

        Raises:
            CommandError: it is refused, and there is no reason to release it all the same.
        """
        new, old = self.find_model(revision), self.find_model(released)
        if new is None or new == old:  # an image of no commit here: its pods are compared with expected.json
            return ""
        if (new, old or "") not in self.objections:
            self.objections[new, old or ""] = self.find_objection(revision, released if old else "")
        objection = self.objections[new, old or ""]
        if objection and not self.reason:
            raise CommandError(f"the model of {revision[:12]} is refused: {objection}", WAY)
        return f"Its model was refused ({objection}), and is released all the same: {self.reason}" if objection else ""

    def find_model(self, revision: str) -> str | None:
        """Git's hash of a revision's model file; None if it is no commit of this repository, or has none."""
        if self.copy.find_commit(revision) is None:
            return None
        return self.copy.run("rev-parse", "-q", "--verify", f"{revision}:{MODEL}").stdout.strip() or None

    def find_objection(self, revision: str, released: str) -> str:
        """Why the model of a revision must not replace the released one; empty if it may.

        Args:
            revision: with the new model.
            released: with the model that main runs; empty where git does not have that.
        """
        with tempfile.TemporaryDirectory() as folder:
            files = {name: Path(folder, f"{name[:12]}.pt") for name in (revision, released) if name}
            for name, file in files.items():
                file.write_bytes(read_model(self.copy, name))
            if released:
                return compare(*files.values())
            if model_version(files[revision]) == self.read_version():
                return ""
            return f"git has no model of the version that main runs, and {EXPECTED} is of another one"

    def read_version(self) -> str:
        """The model that manifests/base/expected.json of HEAD is about; empty if it does not say."""
        try:
            return str(json.loads(self.copy.read_file("HEAD", EXPECTED) or b"{}").get("model_version", ""))
        except (ValueError, AttributeError):
            return ""


def compare(new: Path, old: Path) -> str:
    """What speaks against a model file in place of another one in the same folder, in one sentence; often nothing."""
    command = [str(find_packages()), "-m", "model.accept", "--beyond_chance", new.name, old.name]
    done = subprocess.run(command, cwd=new.parent, env=variables(), capture_output=True, text=True, check=False)
    if done.returncode == 0:
        say(f"models: {done.stdout.strip()}")
        return ""
    *_, said = ["model.accept said nothing", *done.stderr.strip().splitlines()]
    return said.removeprefix("error: ")
