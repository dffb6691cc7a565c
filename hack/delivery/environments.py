"""Where the service runs: in production, and before that in staging where a team wants it (RELEASE_TO in
manifests/settings/settings.env).
"""

import os
from dataclasses import dataclass

from hack.delivery.command import PROJECT, CommandError
from model.settings import FILE, SETTINGS, parse_settings

STAGING_FILE = "manifests/settings/staging/staging.env"
NAMES = ("staging", "production")


@dataclass(frozen=True)
class Environment:
    """One of them, by what is different in it."""

    name: str
    namespace: str
    application: str
    """The Application in Argo CD."""

    @property
    def manifests(self) -> str:
        """The folder that Argo CD follows."""
        return f"manifests/{self.name}"

    @property
    def smoke_job(self) -> str:
        """The Job that proves a rollout."""
        return f"{self.application}-smoke"

    @property
    def is_promoted(self) -> bool:
        """Whether it follows what was promoted, and not the tip of main."""
        return self.name == "production" and has_staging()


def has_staging() -> bool:
    """Whether a release goes to staging, from where hack/promote takes it to production."""
    return first_name() == "staging"


def first_name() -> str:
    """The name of the environment that a release goes to; raises CommandError if the settings name no environment."""
    name = SETTINGS["RELEASE_TO"]
    if name not in NAMES:
        raise CommandError(f"{FILE} says RELEASE_TO={name}", "It must be production or staging.")
    return name


def all_environments() -> list[Environment]:
    """Those that there are, in the order in which a commit reaches them; raises CommandError as `first_name`."""
    return [find_environment(name) for name in NAMES if name == "production" or has_staging()]


def find_environment(name: str = "") -> Environment:
    """Returns an environment.

    Args:
        name: staging or production; empty means SERVING_ENVIRONMENT, or else the one that a release goes to.

    Raises:
        CommandError: there is no such environment.
    """
    name = name or os.environ.get("SERVING_ENVIRONMENT") or first_name()
    if name not in NAMES:
        raise CommandError(f"there is no environment {name!r}", "SERVING_ENVIRONMENT must be production or staging.")
    if name == "staging" and not has_staging():
        raise CommandError(f"there is no staging here: {FILE} says RELEASE_TO=production", 'README.md, "Staging"')
    values = read_staging() if name == "staging" else SETTINGS
    if values.get("ENVIRONMENT") != name:
        file = STAGING_FILE if name == "staging" else FILE
        raise CommandError(f"{file} must say ENVIRONMENT={name}: the folder of manifests/ that Argo CD follows")
    return Environment(name, values["NAMESPACE"], values["APPLICATION"])


def read_staging() -> dict[str, str]:
    """The settings that are others in staging.

    Raises:
        CommandError: they cannot be read, or staging would have production's objects.
    """
    try:
        values = parse_settings((PROJECT / STAGING_FILE).read_text())
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{STAGING_FILE} cannot be read: {error}") from None
    for name in ("NAMESPACE", "APPLICATION"):
        if values.get(name) in (None, "", SETTINGS[name]):
            raise CommandError(f"{STAGING_FILE} needs a line {name}=… with another value than production's")
    return values
