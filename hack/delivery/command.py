"""What the commands have in common: settings, messages and refusals."""

import argparse
import os
import shutil
import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from model.settings import IMAGE, NAME
from tests.smoke.image_reference import ImageReference

PROJECT = Path(__file__).parents[2]
BOLD, RED = "\033[1m", "\033[1;31m"  # ANSI escape codes (ECMA-48), as in hack/common.sh


class CommandError(Exception):
    """The command does not do what it was asked to; the message says why, the hint what to do about it."""

    status: int | None = None
    """The exit status, where it must not be the command's usual one for a refusal."""

    def __init__(self, message: str, hint: str = ""):
        super().__init__(message)
        self.hint = hint


@dataclass(frozen=True)
class Settings:
    """Names that the environment can override; hack/common.sh has the same ones for the shell scripts."""

    repository: Path
    """SERVING_REPO: the working copy that Argo CD follows."""
    context: str
    """SERVING_CONTEXT: kubectl's context; "none" where no cluster can be reached."""
    production_context: str
    """SERVING_PRODUCTION_CONTEXT: production's, where it is in another cluster than staging; empty else."""
    registry: str
    """SERVING_PUSH: host and port of the registry that images are pushed to, looked up in and released from; "public"
    is that of IMAGE in manifests/settings."""
    statuses: str
    """SERVING_STATUSES: the GitHub repository whose commit statuses tell what was proven; empty asks nobody."""

    @classmethod
    def read(cls) -> "Settings":
        """Reads the environment of this process. A variable that is set to nothing counts as not set."""

        def get(name: str, default: str) -> str:
            return os.environ.get(f"SERVING_{name}") or default

        registry = get("PUSH", f"localhost:{get('REGISTRY_PORT', '5001')}")
        if registry == "public":
            registry = ImageReference.parse(f"{IMAGE}:tag").registry
        return cls(
            repository=Path(get("REPO", str(PROJECT))),
            context=get("CONTEXT", f"kind-{get('CLUSTER', NAME)}"),
            production_context=get("PRODUCTION_CONTEXT", ""),
            registry=registry,
            statuses=get("STATUSES", ""),
        )

    def context_of(self, environment: str) -> str:
        """The context of staging's or production's cluster; "none" where it cannot be reached."""
        return (self.production_context if environment == "production" else "") or self.context


class Parser(argparse.ArgumentParser):
    """Prints a module's docstring as its help, and refuses wrong arguments as everything else is refused."""

    def __init__(self, name: str, description: str | None):
        super().__init__(
            f"hack/{name}", description=description, formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )  # fmt: skip

    def error(self, message: str) -> NoReturn:
        raise CommandError(message, f"{self.prog} --help")

    def check_reason(self, flag: str, reason: str | None) -> str:
        """The reason that a flag was given, empty without the flag; raises CommandError if a person gave none."""
        if reason is not None and not reason.strip():
            self.error(f"{flag} needs a reason")
        return (reason or "").strip()


def need(program: str, where: str) -> None:
    """Raises CommandError if a program is not installed; `where` tells how to get it."""
    if not shutil.which(program):
        raise CommandError(f"{program} is missing", where)


def say(message: str) -> None:
    """Tells the person what happens. To stderr: what a command prints to stdout is for other programs."""
    print(f"{_highlighted(BOLD)} {message}", file=sys.stderr, flush=True)


def _highlighted(style: str) -> str:
    """The name of the command and a colon, in colour on a terminal."""
    name = f"{command_name()}:"
    return f"{style}{name}\033[0m" if sys.stderr.isatty() else name


def command_name() -> str:
    """The command that runs, for example release."""
    return Path(sys.argv[0]).stem.replace("_", "-")


def run(main: Callable[[Sequence[str] | None], int], refusal: int = 1) -> NoReturn:
    """Ends the process with the status that `main` returns, or with one sentence and `refusal` when it refuses.

    An error that has an exit status of its own ends it with that.
    """
    try:
        sys.exit(main(None))
    except CommandError as refused:
        print(f"{_highlighted(RED)} {refused}", file=sys.stderr)
        if refused.hint:
            print(f"  {refused.hint}", file=sys.stderr)
        sys.exit(refusal if refused.status is None else refused.status)
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)
