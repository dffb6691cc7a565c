"""What the judge reads from a server's metrics."""

import pytest

from tests.smoke.client import Client, Failed
from tests.smoke.readings import Busy, Requests, has_much_to_do, parse, read_metrics, read_start
from tests.unit.smoke.stand_in import StandIn

NEEDED = "process_start_time_seconds 1.5e9\nprocess_cpu_seconds_total 2.5\n"
TEXT = r"""# HELP predictor_requests_total Requests answered
# TYPE predictor_requests_total counter
predictor_requests_total{code="200",route="predict"} 100.0
predictor_requests_total{code="200",route="infer"} 20.0 1795745346000
predictor_requests_total{code="400",route="predict"} 5
predictor_requests_total{code="500",route="predict"} 3.0
predictor_requests_total{code="504",route="infer"} 1.0
predictor_requests_total{code="503",route="predict"} 7.0
predictor_requests_total{code="200",route="ready"} 9000.0
predictor_requests_total{code="500",route="metrics"} 9000.0

predictor_predictions_total{label="cat"} 60.0
predictor_predictions_total{label="a \"dog\", {or} so"} 70.0
predictor_image_pixels_bucket{le="+Inf"} 130.0
some_summary NaN
predictor_queue_depth 4.0
"""


def test_a_reading(client: Client, server: StandIn) -> None:
    server.metrics = TEXT + NEEDED
    reading = read_metrics(client)
    assert (reading.start, reading.cpu_seconds, reading.photos) == (1.5e9, 2.5, 130)
    assert reading.requests == Requests(total=136, failed=4, shed=7)
    assert reading.requests.answered == 129
    assert read_start(client) == 1.5e9


def test_labels() -> None:
    samples = {sample.name: sample.labels for sample in parse(TEXT)}
    assert samples["predictor_predictions_total"] == {"label": r"a \"dog\", {or} so"}
    assert samples["predictor_queue_depth"] == {}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "GET /metrics has no process_start_time_seconds"),
        (NEEDED + NEEDED, "GET /metrics has process_start_time_seconds 2 times"),
        (NEEDED.replace("1.5e9", "NaN"), "GET /metrics has no process_start_time_seconds"),
        ("predictor_up many\n", "GET /metrics has a line that is no sample: 'predictor_up many'"),
        ("<html>\n", "GET /metrics has a line that is no sample: '<html>'"),
        (NEEDED + "predictor_predictions_total NaN\n", "GET /metrics has a counter that is no number"),
        (NEEDED + 'predictor_requests_total{route="predict"} +Inf\n', "GET /metrics has a counter that is no number"),
    ],
)
def test_metrics_of_another_form(client: Client, server: StandIn, text: str, reason: str) -> None:
    server.metrics = text
    with pytest.raises(Failed, match=f"^{reason}"):
        read_metrics(client)


def test_a_server_that_does_not_tell(client: Client, server: StandIn) -> None:
    server.metrics_status = 500
    with pytest.raises(Failed, match="GET /metrics answers 500, not 200"):
        read_metrics(client)
    server.metrics_status = 503
    with pytest.raises(Busy):
        read_start(client)
    assert has_much_to_do(client)
