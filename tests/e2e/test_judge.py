"""A commit that changes the judge is judged by the judge that it brings."""

from model.settings import NAME, NAMESPACE

from .changes import replace
from .commands import condition, eventually, read
from .delivery import Delivery
from .load_client import LoadClient
from .verdicts import assert_red_then_green

CHECKS = "tests/smoke/checks.py"
REFUSAL = """

def compare_versions(*_: object) -> None:
    raise Failed("this judge refuses everything")
"""


def test_words_in_the_judge(delivery: Delivery, client: LoadClient) -> None:
    """Pods roll, because each has the judge of its commit."""
    before = template()
    commit = delivery.edit(CHECKS, replace('"""The checks', '"""Every check'), "Words in the judge")
    verdict = delivery.verdict(commit)
    assert verdict.color == "green", verdict.text
    assert template() != before
    eventually("this commit is proven", lambda: commit in condition("Proven")["message"], 15)
    assert delivery.verdict(delivery.revert()).color == "green"


def test_a_judge_that_refuses_everything(delivery: Delivery, client: LoadClient) -> None:
    commit = delivery.edit(CHECKS, lambda text: text + REFUSAL, "Bad: the judge refuses everything")
    assert_red_then_green(delivery, commit, "not fit for traffic: health: this judge refuses everything")


def test_a_judge_that_does_not_run(delivery: Delivery, client: LoadClient) -> None:
    commit = delivery.edit(CHECKS, lambda text: text + "raise SystemExit('out of order')\n", "Bad: the judge ends")
    assert_red_then_green(delivery, commit, "out of order")


def template() -> object:
    return read("deployment", f"{NAME}-predictor", "-n", NAMESPACE)["spec"]["template"]
