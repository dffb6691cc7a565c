"""Those who ask predictions ask a server that wants a key: hack/predict, hack/assess, the judge and the prober."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from hack.delivery.expected import expected_text
from hack.delivery.git import WorkingCopy
from hack.live import asking
from model.contract.errors import Mistake
from predictor.keys import OWN_KEY_FILE
from prober.asking import Prober
from prober.metrics import Metrics
from tests.integration.conftest import Photo
from tests.integration.server_process import ROOT, Server, ServerProcess
from tests.integration.test_client import ask
from tests.smoke.client import Client, Failed
from tests.smoke.expected import Expected, read_expected
from tests.smoke.gate import run_gate

NEEDS_KEY = "needs a key: name a file that has yours in SERVING_KEY_FILE"


@pytest.fixture(scope="module")
def key_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("keys") / "keys"
    file.write_text("\nalices-key-0123456789\nbobs-key-0123456789\n")
    return file


@pytest.fixture(scope="module")
def locked(key_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    with ServerProcess(tmp_path_factory.mktemp("server"), "--keys_file", key_file, "--enable_grpc=false") as server:
        yield server


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With what the judge and the prober expect."""
    folder = tmp_path_factory.mktemp("expected")
    (folder / "expected.json").write_text(expected_text(WorkingCopy(ROOT), "HEAD"))
    return folder


@pytest.fixture
def expected(folder: Path, locked: ServerProcess) -> Expected:
    return read_expected(folder, locked.revision)


def test_hack_predict(locked: ServerProcess, key_file: Path, photo: Photo, tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_bytes(photo.data)
    refused = ask("--url", locked.url, tmp_path / "photo.jpg")
    assert (refused.returncode, refused.stderr) == (1, f"error: the server {NEEDS_KEY}\n")
    answered = ask("--url", locked.url, tmp_path / "photo.jpg", **{OWN_KEY_FILE: str(key_file)})
    assert answered.returncode == 0, answered.stderr
    assert photo.label in answered.stdout
    nothing = ask("--url", locked.url, tmp_path / "photo.jpg", **{OWN_KEY_FILE: str(tmp_path / "nothing")})
    assert nothing.stderr == f"error: the keys in {tmp_path}/nothing cannot be read: No such file or directory\n"


def test_hack_assess(locked: ServerProcess, key_file: Path, photo: Photo, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Mistake, match=NEEDS_KEY):
        asking.Server(locked.url).ask(photo.data)
    monkeypatch.setenv(OWN_KEY_FILE, str(key_file))
    assert asking.Server(locked.url).ask(photo.data).label == photo.label


def test_the_judge(locked: ServerProcess, key_file: Path, expected: Expected) -> None:
    run_gate(Client(locked.url, key_file=str(key_file)), expected)
    with pytest.raises(Failed, match=r"golden: a prediction answers 401: .*predictions need a key here"):
        run_gate(Client(locked.url), expected)


def test_the_judge_finds_a_server_that_forgets_to_ask_for_a_key(
    server: Server, key_file: Path, expected: Expected
) -> None:
    with pytest.raises(Failed, match="bad_input: a prediction without a key answers 200, not 401"):
        run_gate(Client(server.url, key_file=str(key_file)), expected)


def test_the_judge_is_told_by_a_variable(locked: ServerProcess, key_file: Path, folder: Path, photo: Photo) -> None:
    command = [sys.executable, "-m", "tests.smoke", "ask", locked.url, "--expected", str(folder)]
    for variables, status in (({}, 1), ({"SERVING_KEY_FILE": str(key_file)}, 0)):
        environment = {**os.environ, **variables}
        done = subprocess.run(command, cwd=ROOT, env=environment, input=photo.data, capture_output=True, check=False)
        assert done.returncode == status, done.stderr
    assert photo.label in done.stdout.decode()


def test_the_prober(locked: ServerProcess, key_file: Path, folder: Path, tmp_path: Path) -> None:
    for file, failures in (("", 3), (str(key_file), 0)):  # it gives up after three in a row
        metrics = Metrics()
        Prober(Client(locked.url, key_file=file), folder, tmp_path, metrics, period=0.1).run_round()
        assert metrics.failures == failures
    assert metrics.photos == {"labelled": 0, "golden": 8}
