"""What the gate cannot find: the smoke test measures it, or the bake meets it.

Pods of these images get traffic. What clients lose until the revert has taken over is counted and printed; nothing is
lost before or after.
"""

import pytest

from .changes import replace
from .commands import condition
from .delivery import INFERENCESERVICE, SHORT_BAKE_SECONDS, SMOKE_JOB, Delivery, set_bake
from .images import build_image
from .load_client import LoadClient
from .verdicts import assert_red_then_green, red_then_green

BAKE_SECONDS = 60  # so long, too, that enough bursts are disturbed by no other request


@pytest.mark.ci
def test_one_request_in_fifty_fails(delivery: Delivery, client: LoadClient, released: str) -> None:
    client.assert_nothing_lost()
    before = client.counters()["sent"]
    commit = delivery.bump(build_image(released, "fails 1 in 50"), BAKE_SECONDS)
    assert_red_then_green(delivery, commit, "answers 500|requests failed", seconds=90 + BAKE_SECONDS)
    sent = client.counters()["sent"] - before
    lost = client.excuse_losses(f"1 in 50 fails, and {sent} were sent until the revert was green")
    assert lost <= sent / 25


@pytest.mark.ci
def test_dies_in_the_middle_of_the_bake(delivery: Delivery, client: LoadClient, released: str) -> None:
    client.assert_nothing_lost()
    commit = delivery.bump(build_image(released, "dies"), BAKE_SECONDS)
    assert_red_then_green(delivery, commit, "started again|no answer|not ready for", seconds=90 + BAKE_SECONDS)
    client.excuse_losses("both pods ended at once")


def test_a_photo_costs_twice_as_much(delivery: Delivery, client: LoadClient, released: str) -> None:
    """Without the autoscaler, which would add pods for which the node has no room: photos cost twice as much."""
    changes = {
        SMOKE_JOB: set_bake(BAKE_SECONDS),
        INFERENCESERVICE: replace("maxReplicas: 10", "maxReplicas: 2"),
    }
    measured = delivery.verdict(delivery.edit_files(changes, "A bake that measures the cost"))
    try:
        assert measured.color == "green", measured.text
        commit = delivery.bump(build_image(released, "costs twice"))
        assert_red_then_green(delivery, commit, "a photo costs", seconds=90 + BAKE_SECONDS)
    finally:
        changes = {
            SMOKE_JOB: set_bake(SHORT_BAKE_SECONDS),
            INFERENCESERVICE: replace("maxReplicas: 2", "maxReplicas: 10"),
        }
        back = delivery.verdict(delivery.edit_files(changes, "A short bake again"))
    assert back.color == "green", back.text


def test_no_version_is_compared_with_one_that_was_red(delivery: Delivery, client: LoadClient, released: str) -> None:
    """It answers from a table, which costs next to nothing; its revert costs many times as much, and is green."""
    before = condition("PhotoCost").get("message")
    commit = delivery.bump(build_image(released, "far too slow"))
    with red_then_green(delivery, commit, "too slow", seconds=150):
        assert condition("PhotoCost").get("message") == before
    client.excuse_losses("its server ends at once, whatever it is still answering")
