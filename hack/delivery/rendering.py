"""What a commit renders: only one that changes it can change the cluster."""

import io
import re
import shutil
import subprocess
import tarfile
import tempfile
from functools import cache
from pathlib import Path

from hack.delivery.command import CommandError
from hack.delivery.git import WorkingCopy

RENDER_SECONDS = 30
PRODUCTION = "manifests/production"
RENDERED = ("manifests", "tests/smoke")  # the judge's code is part of what is rendered
JOB = re.compile(r"^kind: Job$", re.MULTILINE)
JOB_NAME = re.compile(r"^metadata:\n(?:  .*\n)*?  name: *(\S+)$", re.MULTILINE)


class Rendering:
    """Compares what commits of one working copy render.

    Args:
        copy: the working copy.
        path: the kustomization that Argo CD follows; it lies in manifests/, or is that folder.
    """

    def __init__(self, copy: WorkingCopy, path: str = PRODUCTION):
        self.copy = copy
        self.path = path
        self.render = cache(self._render)  # a commit never renders anything else

    def is_same(self, commit: str, other: str) -> bool:
        """Whether both render the same objects. False where one of them cannot be rendered and its files differ.

        Raises:
            CommandError: this machine took too long to say.
        """
        if commit == other or self.copy.succeeds("diff", "--quiet", commit, other, "--", *RENDERED):
            return True
        rendered = self.render(commit)
        return rendered is not None and rendered == self.render(other)

    def last_change(self, revision: str) -> str:
        """The newest commit up to `revision` that changed what is rendered; empty if there is none."""
        for commit in self.copy.git("log", "--format=%H", revision, "--", *RENDERED).split():
            if not self.is_same(f"{commit}~", commit):
                return commit
        return ""

    def fails(self, commit: str) -> bool:
        """Whether a commit cannot be rendered; False where kubectl is not here to say; raises as `is_same`."""
        return shutil.which("kubectl") is not None and self.render(commit) is None

    def lacks_smoke_test(self, commit: str) -> bool:
        """Whether a commit is rendered, and without the Job that proves it; raises as `is_same`."""
        rendered = self.render(commit)
        return rendered is not None and not any(name.endswith("-smoke") for name in names_of_jobs(rendered))

    def _render(self, commit: str) -> str | None:
        """The objects as YAML; None if they cannot be rendered, or kubectl is not here."""
        if not shutil.which("kubectl"):
            return None
        with tempfile.TemporaryDirectory() as folder:
            if not self._extract(commit, Path(folder)):
                return None
            command = ["kubectl", "kustomize", str(Path(folder, self.path))]
            try:
                done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=RENDER_SECONDS)
            except subprocess.TimeoutExpired:
                raise CommandError(f"{commit[:12]} was not rendered within {RENDER_SECONDS} s") from None
            return done.stdout if done.returncode == 0 else None

    def _extract(self, commit: str, folder: Path) -> bool:
        """Writes what the commit has of RENDERED below `folder`; False if it has none, or a link that leads away."""
        present = [path for path in RENDERED if self.copy.succeeds("cat-file", "-e", f"{commit}:{path}")]
        if not present:
            return False
        command = ["git", "-C", str(self.copy.folder), "archive", commit, "--", *present]
        done = subprocess.run(command, capture_output=True, check=False)
        if done.returncode:
            return False
        try:
            with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
                archive.extractall(folder, filter="data")
        except tarfile.FilterError:
            return False
        return True


def names_of_jobs(rendered: str) -> set[str]:
    """The names of the Jobs among objects as kustomize renders them."""
    jobs = [item for item in re.split(r"^---$", rendered, flags=re.MULTILINE) if JOB.search(item)]
    return {name for job in jobs for name in JOB_NAME.findall(job)}
