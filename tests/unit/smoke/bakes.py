"""A bake whose pods have one address and several ports."""

from dataclasses import dataclass

from tests.smoke.bake import Bake
from tests.smoke.client import Client
from tests.smoke.cluster import Pod
from tests.smoke.plan import Plan
from tests.smoke.subject import Subject
from tests.smoke.table import Row
from tests.unit.smoke.stand_in import StandIn

PLAN = Plan(
    seconds=1,
    most_cost=1.5,
    ask_seconds=0.02,
    watch_seconds=0.1,
    unready_seconds=0.5,
    start_seconds=60,
    lost_seconds=20,
    enough_bursts=3,
)


@dataclass(frozen=True)
class Servers(Subject):
    """Pods by their names: their servers have one address and several ports."""

    servers: dict[str, StandIn] | None = None

    def client(self, pod: Pod) -> Client:
        assert self.servers
        return Client(self.servers[pod.name].url, self.service.timeout)


def row(rows: list[Row], check: str) -> Row:
    """The row of this check; the rest must hold."""
    assert {each.target for each in rows} == {"bake"}
    assert [each for each in rows if not each.holds and each.check != check] == []
    return next(each for each in rows if each.check == check)


def red(bake: Bake) -> str:
    """Why it does not last."""
    (only,) = bake.run()
    assert (only.check, only.holds) == ("lasts", False)
    return only.seen
