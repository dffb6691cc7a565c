import pytest

from predictor.telemetry.clients import CLIENTS, client_of


@pytest.mark.parametrize(
    ("user_agent", "client"),
    [
        ("predictor-judge", "judge"),
        ("predictor-prober/1.2 (a note)", "prober"),
        ("predictor-assess grpc-python/1.76", "assess"),
        ("", "traffic"),
        ("curl/8.5", "traffic"),
        ("Catdog-Judge", "traffic"),
        ("predictor-judges", "traffic"),
        ("curl predictor-judge", "traffic"),
        ("é" * 5000, "traffic"),
    ],
)
def test_by_the_first_product(user_agent: str, client: str) -> None:
    assert client_of(user_agent) == client
    assert client in CLIENTS
