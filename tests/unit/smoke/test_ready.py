"""The readiness probe: of a server that passed the gate, and of one that did not."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.smoke.ready import is_proven, server_start, takes_requests
from tests.unit.smoke.stand_in import StandIn

SCRIPT = Path(__file__).resolve().parents[2] / "smoke/ready.py"


def test_a_proof_is_of_one_server(tmp_path: Path) -> None:
    """/tmp outlives a container that is restarted."""
    proof = tmp_path / "proven"
    assert not is_proven("100", str(proof))
    proof.write_text("100")
    assert is_proven("100", str(proof))
    assert not is_proven("200", str(proof))


def test_when_the_server_started_is_read_behind_its_name(tmp_path: Path) -> None:
    """proc(5): the second field is a name that may have spaces and brackets in it."""
    stat = tmp_path / "stat"
    stat.write_text("1 (a) b) S " + " ".join(str(number) for number in range(4, 53)) + "\n")
    assert server_start(str(stat)) == "22"


def test_takes_requests(server: StandIn) -> None:
    assert takes_requests(server.url)
    server.ready = 503
    assert not takes_requests(server.url)
    assert not takes_requests("http://127.0.0.1:1")


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_without_a_proof_the_gate_runs(server: StandIn) -> None:
    """Here it fails: the image that the commit claims is not named."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", SCRIPT, server.url],
        env={"PYTHONPATH": str(SCRIPT.parents[2])}, cwd=SCRIPT.parents[1],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "CATDOG_EXPECTED_IMAGE does not name the image" in done.stderr


def test_it_starts_quickly(server: StandIn) -> None:
    """kubelet runs it on each pod every few seconds."""
    code = "import sys; sys.path.insert(0, sys.argv[1]); import ready; print(sorted(sys.modules))"
    begin = time.process_time()
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code, SCRIPT.parent], capture_output=True, text=True, check=True
    )
    assert time.process_time() - begin < 1
    assert not {"json", "http.client", "email", "argparse", "pathlib"} & set(eval(done.stdout))
