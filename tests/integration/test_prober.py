"""The prober against a real server: its golden photos are answered as they were exported."""

from pathlib import Path

from hack.delivery.expected import expected_text
from hack.delivery.git import WorkingCopy
from prober.asking import Prober
from prober.metrics import Metrics
from tests.integration.server_process import ROOT, Server
from tests.smoke.client import Client


def test_golden_photos_of_a_real_server(server: Server, tmp_path: Path) -> None:
    (tmp_path / "expected.json").write_text(expected_text(WorkingCopy(ROOT), "HEAD"))
    metrics = Metrics()
    Prober(Client(server.url), tmp_path, tmp_path / "photos", metrics, period=0.1).run_round()
    assert metrics.failures == metrics.changed == 0
    assert metrics.photos == {"labelled": 0, "golden": 8}
    assert metrics.figures
    assert metrics.figures.accuracy == 1
    assert metrics.version
    assert metrics.version[0] == server.revision
