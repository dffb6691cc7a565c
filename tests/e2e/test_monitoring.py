"""What watches the service, on a real cluster: it comes through git and Argo CD, sees what happens, and mails it."""

import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from model.fetch.sample import write_sample
from model.settings import NAME, NAMESPACE, SETTINGS
from tests.manifests.dashboard import expressions

from .commands import FIRST_NODE, eventually, kubectl, read, run
from .delivery import Delivery
from .images import build_image
from .load_client import LoadClient
from .monitoring import firing, mails, query, read_series, rule_expressions, text_of

MOST_PROBER_BYTES = 50e6
ALERT_SECONDS = 900  # drift must last for ten minutes
# what there is nothing of here, and why; one that is wrong fails the test
EMPTY = {
    r"^kube_": "kube-state-metrics cannot be had on every test machine; promtool tests its rules",
    r"^predictor:image_\w+:(increase_before|distance|threshold)": "compares with days that a new cluster lacks",
    r"^argocd_app_info\{.*(health_status=~|sync_status!)": "the Applications are well",
}
PANELS = {
    r"kube_": "as above",
    r"predictor:image_\w+:(distance|threshold)": "as above",
    r"offset 5m": "shows what changed in the last five minutes",
}
APPLICATION = f"{SETTINGS['APPLICATION']}-monitoring"
PROBER_PHOTOS = f"{NAME}-prober-photos"


@pytest.fixture(scope="module")
def monitoring(delivery: Delivery, released: str) -> None:
    """hack/up --monitoring, and the Application of manifests/monitoring in the cluster."""
    print(delivery.hack("up-monitoring"))
    # an alert that fires since an earlier run would bring no new mail for 4 hours
    kubectl("-n", "monitoring", "delete", "pod", "-l", "app.kubernetes.io/name in (alertmanager, mail)")

    def is_there() -> bool:
        status = read("application", APPLICATION, "-n", "argocd").get("status", {})
        return (status.get("sync", {}).get("status"), status.get("health", {}).get("status")) == ("Synced", "Healthy")

    eventually(f"Argo CD says that {APPLICATION} is Synced and Healthy", is_there, 240)


@pytest.fixture
def labelled(monitoring: None, delivery: Delivery) -> Iterator[None]:
    """The prober gets labelled photos, each with the label of the other class."""
    with tempfile.TemporaryDirectory() as folder:
        photos = Path(folder) / "photos"
        write_sample(photos, 40)
        (photos / "cat").rename(photos / "other")
        (photos / "dog").rename(photos / "cat")
        (photos / "other").rename(photos / "dog")
        print(delivery.hack("prober-photos", str(photos), "--apply"))
    yield
    kubectl("-n", NAMESPACE, "delete", "configmap", PROBER_PHOTOS)


@pytest.fixture
def full_disk() -> Iterator[None]:
    """A small file system of the node that is full."""
    make = "dd if=/dev/zero of=/disk.img bs=1M count=20 && mkfs.ext4 -q /disk.img && mkdir -p /mnt/full"
    fill = "mount -o loop /disk.img /mnt/full && dd if=/dev/zero of=/mnt/full/file bs=1M count=17"
    try:
        run("docker", "exec", FIRST_NODE, "sh", "-c", f"{make} && {fill}")
        yield
    finally:
        run("docker", "exec", FIRST_NODE, "sh", "-c", "umount /mnt/full; rmdir /mnt/full; rm -f /disk.img", check=False)


def is_empty(expression: str) -> bool:
    return not query(expression)


def excused(expression: str, exceptions: dict[str, str]) -> bool:
    return any(re.search(pattern, expression) for pattern in exceptions)


def test_what_rules_and_panels_read_is_there(monitoring: None, client: LoadClient) -> None:
    series = read_series([*rule_expressions(), *expressions().values()])
    wanted = {each for each in series if not excused(each, EMPTY) and "prober_" not in each}
    eventually("every series is there", lambda: not [each for each in wanted if is_empty(each)], 420)
    for pattern in EMPTY:
        assert any(re.search(pattern, each) and is_empty(each) for each in series), f"{pattern} is no exception"


def test_panels_show_something(monitoring: None, client: LoadClient, labelled: None) -> None:
    panels = {name: text for name, text in expressions().items() if not excused(text, PANELS)}
    assert len(panels) > len(expressions()) / 2

    def empty() -> list[str]:
        found = [name for name, expression in panels.items() if is_empty(expression)]
        print(f"empty panels: {found}")
        return found

    eventually("every panel shows something", lambda: not empty(), 300)
    used = query(f'max(container_memory_working_set_bytes{{namespace="{NAMESPACE}",container="prober"}})')
    print(f"the prober takes {float(used[0]['value'][1]) / 1e6:.0f} MB")
    assert float(used[0]["value"][1]) <= MOST_PROBER_BYTES


def test_alerts_arrive_as_mails(
    monitoring: None, delivery: Delivery, client: LoadClient, released: str, labelled: None, full_disk: None
) -> None:
    """The client sends one photo again and again, which is a stream of one class; the server then fails 1 in 12.

    Not all: the prober must get 20 answers in each round, or nobody knows that its photos are answered wrong.
    """
    wanted = {"HighErrorRate", "AccuracyBelowClaim", "HighDisk", "ClassMixDrift"}
    commit = delivery.bump(build_image(released, "fails later"))
    assert delivery.verdict(commit).color == "green"

    def arrived() -> bool:
        found = {name for name in wanted for mail in mails() if f" {name}" in mail["Subject"]}
        print(f"mails: {sorted(found)}; firing: {sorted(firing())}")
        return found == wanted

    try:
        eventually("all four mails", arrived, ALERT_SECONDS)
    finally:
        assert delivery.verdict(delivery.revert()).color == "green"
        client.excuse_losses("1 in 12 got 500 until the revert")
    # not only a disk of this machine that is full anyway
    assert any("/dev/loop" in text_of(mail) for mail in mails() if "HighDisk" in mail["Subject"])
    for mail in mails():
        text = text_of(mail)
        assert re.search(r"runbook\.md#[a-z]+", text), text
        assert f"namespace={NAMESPACE}" in text
