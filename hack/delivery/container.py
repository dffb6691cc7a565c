"""An image that runs on this machine as a cluster would run it: read-only, and with the limits of the manifests."""

import os
import re
import subprocess
from types import TracebackType
from typing import Self

from hack.delivery.command import CommandError, need
from model.settings import NAME

INFERENCESERVICE = "manifests/base/inferenceservice.yaml"
CONTAINER = re.compile(r"^( *)- name: kserve-container\n((?:\1 .*\n)*)", re.MULTILINE)
LIMITS = re.compile(r"^( *)limits:\n((?:\1 .*\n)*)", re.MULTILINE)
MEMORY = {"Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "k": 10**3, "M": 10**6, "G": 10**9, "": 1}
REVISION_LABEL = "org.opencontainers.image.revision"
STOP_SECONDS = 60
TMP = "/tmp:size=256m"  # noqa: S108  in the container, as in the manifests


class Limits:
    """What a server may use, as the manifests say."""

    def __init__(self, manifest: str):
        """Reads the text of manifests/base/inferenceservice.yaml; raises CommandError if it states no limits."""
        container = CONTAINER.search(manifest)
        block = LIMITS.search(container[2]) if container else None
        limits = dict(re.findall(r"^ *(\w+): *[\"']?([\w.]+)", block[2] if block else "", re.MULTILINE))
        memory = re.fullmatch(r"(\d+)(\w*)", limits.get("memory", ""))
        cpu = re.fullmatch(r"([\d.]+)(m?)", limits.get("cpu", ""))
        if not memory or memory[2] not in MEMORY or not cpu:
            raise CommandError(f"{INFERENCESERVICE} states no limits of cpu and memory for kserve-container")
        self.memory = int(memory[1]) * MEMORY[memory[2]]
        """Bytes."""
        self.cpus = float(cpu[1]) / (1000 if cpu[2] else 1)


class Container:
    """An image that serves on a port of this machine while a `with` block runs; nothing stays of it.

    Args:
        image: its name.
        limits: of memory and processor time.
    """

    def __init__(self, image: str, limits: Limits):
        self.image = image
        self.limits = limits
        self.name = ""
        self.url = ""

    def __enter__(self) -> Self:
        self.name = f"hack-run-{os.getpid()}-{id(self)}"
        try:
            docker(
                "run", "-d", "--name", self.name, "--read-only", "--tmpfs", TMP, "--cap-drop", "ALL",
                "--security-opt", "no-new-privileges", "--memory", str(self.limits.memory),
                "--cpus", f"{self.limits.cpus:g}", "--pids-limit", "256", "-p", "127.0.0.1::8080",
                "-e", f"SERVING_NAME={NAME}", self.image,
            )  # fmt: skip
            self.url = f"http://{docker('port', self.name, '8080/tcp').splitlines()[0]}"
        except BaseException:
            self.remove()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.remove()

    def remove(self) -> None:
        """Ends it at once, if it is there."""
        call("rm", "-f", self.name)

    def logs(self, lines: int) -> str:
        """The last lines that it wrote."""
        done = call("logs", "--tail", str(lines), self.name)
        return (done.stdout + done.stderr).strip()

    def check_health(self) -> None:
        """Raises CommandError if its HEALTHCHECK says that it is unwell."""
        health = self.inspect("{{if .State.Health}}{{.State.Health.Status}}{{end}}")
        if health == "unhealthy":
            raise CommandError(f"its HEALTHCHECK says {health}")

    def stop(self) -> None:
        """Lets it end; raises CommandError unless it ends well."""
        docker("stop", "-t", str(STOP_SECONDS), self.name)
        code = self.inspect("{{.State.ExitCode}}")
        if code != "0":
            raise CommandError(f"it ended with exit status {code} after SIGTERM", f"It said: {self.logs(3)}")

    def inspect(self, form: str) -> str:
        """What docker says of it, by a template."""
        return docker("inspect", "-f", form, self.name)


def call(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs docker, whatever comes of it."""
    return subprocess.run(["docker", *arguments], capture_output=True, text=True, errors="replace", check=False)


def docker(*arguments: str) -> str:
    """What docker prints; raises CommandError if it fails."""
    done = call(*arguments)
    if done.returncode:
        raise CommandError(f"docker {arguments[0]} failed", done.stderr.strip()[-500:])
    return done.stdout.strip()


def need_docker() -> None:
    """Raises CommandError if docker is missing, or does not answer."""
    need("docker", "Install Docker Engine or Docker Desktop: https://docs.docker.com/get-docker/")
    if call("info").returncode:
        hint = "Start it, or add yourself to the group docker."
        raise CommandError("Docker is installed, but its engine does not answer", hint)


def read_revision(image: str) -> str:
    """The commit that an image was built from, by its label; raises CommandError if there is no such image."""
    done = call("image", "inspect", "-f", f'{{{{index .Config.Labels "{REVISION_LABEL}"}}}}', image)
    if done.returncode:
        raise CommandError(f"there is no image {image}")
    return done.stdout.strip()


def provide(names: list[str]) -> str | None:
    """The first of several names of an image that is on this machine, or can be pulled; None if none can."""
    for arguments in (("image", "inspect"), ("pull", "-q")):
        for name in names:
            if call(*arguments, name).returncode == 0:
                return name
    return None
