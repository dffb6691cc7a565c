"""A project with staging and production, and a stand-in for what GitHub says of its commits."""

from hack.delivery.git import WorkingCopy
from hack.delivery.promotion import read_promoted
from model.settings import FILE as SETTINGS
from model.settings import NAME
from tests.unit.delivery.clones import Clone, write_program

ONE, TWO = "a1" * 20, "b2" * 20  # a tag of digits alone is a number to kustomize
STAGING, PRODUCTION = f"argocd/{NAME}-staging", f"argocd/{NAME}"


def with_staging(clone: Clone) -> Clone:
    """The project, whose releases go to staging from now on; one more is on main."""
    settings = (clone.folder / SETTINGS).read_text().replace("RELEASE_TO=production", "RELEASE_TO=staging")
    clone.commit(SETTINGS, settings, "Staging first")
    clone.environment["SERVING_STATUSES"] = "acme/pets"
    report(clone, STAGING)
    clone.bump(ONE)
    return clone


def report(clone: Clone, *proven: str) -> None:
    """A stand-in for gh, by which every commit has a success of each of these statuses."""
    asked = "\n".join(f"""case "$*" in *'"{context}"'*) echo success ;; esac""" for context in proven)
    write_program(clone.programs, "gh", asked or "true")


def promoted(clone: Clone) -> str:
    """The commit that production follows; empty if there is none."""
    clone.git("fetch", "-q")
    return read_promoted(WorkingCopy(clone.folder), "origin/main")
