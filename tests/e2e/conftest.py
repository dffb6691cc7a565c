"""A cluster that follows a clone of this project, and nothing bad in it when a test begins."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from model.settings import NAME

from .commands import CLUSTER, PORT, PROJECT, eventually, kubectl, run
from .delivery import SHORT_BAKE_SECONDS, SMOKE_JOB, Delivery, set_bake
from .load_client import CLIENTS, LoadClient

MARK = ".git/made-by-hack-e2e"
FOLDER = Path(os.environ.get("SERVING_E2E_DIR") or f"/tmp/{NAME}-e2e")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "ci: the part that runs for each commit: hack/e2e --ci")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        item.add_marker(pytest.mark.e2e)
    # The first rollout ever must be the first; the rest starts from the good release that it ends with.
    # Monitoring takes processor time from others, and a staging is another cluster.
    order = ["test_first_rollout", "test_good_commits", "", "test_monitoring", "test_environments", "test_two_clusters"]
    items.sort(key=lambda item: order.index(item.path.stem if item.path.stem in order else ""))


@pytest.fixture(scope="session")
def delivery() -> Iterator[Delivery]:
    """A fresh clone; the platform is brought up if it is not there, and the image of the newest commit is built."""
    folder = FOLDER / "repo"
    refuse_foreign(folder)
    if CLUSTER not in run("kind", "get", "clusters").stdout.split() and folder.exists():
        shutil.rmtree(folder)
    fetch_clone(folder)
    shorten_bake(folder)
    delivery = Delivery(folder)
    bring_up_with_image(delivery)
    yield delivery
    kubectl("delete", "namespace", CLIENTS, "--ignore-not-found", "--wait=false", check=False)


def bring_up_with_image(delivery: Delivery) -> None:
    """Builds the image, which takes longest, beside the rest, once the registry is there: as hack/up does by itself."""
    with delivery.start("up", "--no-rollout") as up:
        eventually("the registry answers, or hack/up has ended", lambda: up.poll() is not None or has_registry(), 120)
        print(delivery.hack("build-image") if has_registry() else "")
        print(up.communicate()[0])
    assert not up.returncode, "hack/up failed: see above"


def has_registry() -> bool:
    """Whether the registry of this machine answers."""
    return not run("curl", "-fsS", f"http://localhost:{PORT}/v2/", check=False).returncode


def refuse_foreign(folder: Path) -> None:
    """Ends the session before anything is removed or reset, if somebody else made the folder."""
    if folder.is_symlink() or (folder.exists() and not (folder / MARK).is_file()):
        pytest.exit(f"{folder} is not a clone that hack/e2e made: move it away, or set SERVING_E2E_DIR", returncode=1)


def fetch_clone(folder: Path) -> None:
    """Makes the clone, or brings it to this project's newest commit in place: the cluster mounts the folder."""
    if not (folder / ".git").exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        run("git", "clone", "-q", "--branch", "main", "--no-hardlinks", PROJECT, folder)
        (folder / MARK).touch()
        run("git", "-C", folder, "remote", "remove", "origin")  # hack/release would push to it
        run("git", "-C", folder, "config", "user.name", "e2e")
        run("git", "-C", folder, "config", "user.email", "e2e@localhost")
    else:
        run("git", "-C", folder, "fetch", "-q", PROJECT, "main")
        run("git", "-C", folder, "reset", "-q", "--hard", "FETCH_HEAD")
    share_packages(folder)


def shorten_bake(folder: Path) -> None:
    """Most tests are about something else. Of the same main it is the same commit each time: its image may be there."""
    job = folder / SMOKE_JOB
    job.write_text(set_bake(SHORT_BAKE_SECONDS)(job.read_text()))
    date = run("git", "-C", folder, "log", "-1", "--format=%cI").stdout.strip()
    dates = {"GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date}
    message = f"Bake for {SHORT_BAKE_SECONDS} s only"
    run("git", "-C", folder, "commit", "-q", "-m", message, "--", SMOKE_JOB, env={**os.environ, **dates})


def share_packages(folder: Path) -> None:
    """What hack/install made for this project serves the clone too: its hack/release would install all of it again."""
    packages = folder / ".venv"
    if packages.is_symlink():  # of the checkout that made it, which may be gone
        packages.unlink()
    if not packages.exists() and (PROJECT / ".venv").exists():
        packages.symlink_to(PROJECT / ".venv")
        exclude = folder / ".git/info/exclude"
        if "/.venv\n" not in exclude.read_text():
            exclude.write_text(exclude.read_text() + "/.venv\n")


@pytest.fixture(scope="session")
def good_tag(delivery: Delivery) -> str:
    """The commit that the image was built from."""
    return delivery.head()


@pytest.fixture(scope="session")
def released(delivery: Delivery, good_tag: str) -> str:
    """The good image is out and proven; everything bad starts from there."""
    if delivery.tag() != good_tag:
        delivery.bump(good_tag)
    verdict = delivery.verdict(delivery.head(), timeout=600)
    assert verdict.color == "green", verdict.text
    return good_tag


@pytest.fixture(scope="session")
def session_client(released: str) -> Iterator[LoadClient]:
    """One client for the whole session: a request lost between two tests is lost too."""
    client = LoadClient("load-client", released)
    yield client
    client.stop()


@pytest.fixture
def client(session_client: LoadClient, released: str) -> Iterator[LoadClient]:
    """Nothing may be lost in this test, and nothing but proven revisions may have answered."""
    yield session_client
    session_client.assert_nothing_lost()
