"""The figures of the bake that the manifests state."""

import pytest

from tests.smoke.client import Failed
from tests.smoke.plan import Plan

GIVEN = {"SERVING_BAKE_SECONDS": "60", "SERVING_MOST_COST": "1.5"}


def test_the_figures() -> None:
    plan = Plan.from_environment(GIVEN)
    assert (plan.seconds, plan.most_cost) == (60, 1.5)
    assert 3 <= 1 / plan.ask_seconds <= 5  # a few golden photos a second


@pytest.mark.parametrize("name", GIVEN)
@pytest.mark.parametrize("text", [None, "", "long", "0", "-1", "nan", "inf"])
def test_what_is_no_number_above_zero(name: str, text: str | None) -> None:
    environment = {key: value for key, value in (GIVEN | {name: text}).items() if value is not None}
    said = f"^{name} in manifests/base/smoke-job.yaml is not a number above zero: '{text or ''}'"
    with pytest.raises(Failed, match=said):
        Plan.from_environment(environment)
