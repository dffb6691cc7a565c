"""Does a release last? For a while after the checks its pods are asked and watched."""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import cycle, islice

from .checks import another_form, check_answer
from .client import Client, Failed, NoAnswer, Response, Unreachable
from .cluster import Pod, Unavailable, when_available
from .cost import CONDITION, Costs, compare_cost
from .golden import GoldenPhoto
from .plan import Plan
from .readings import Busy, Reading, read_metrics
from .rollout import PERIOD_SECONDS
from .subject import SERVICE, Subject
from .table import NOT_MEASURED, Row
from .traffic import Traffic
from .watch import Watch

BAKE = "bake"  # in the rows


class Bake:
    """Golden photos for the service and each pod, bursts that are timed, and what pods and metrics say.

    Args:
        subject: what is judged.
        plan: for how long, how often, and what is too much.
    """

    def __init__(self, subject: Subject, plan: Plan):
        self.subject, self.plan = subject, plan
        self.pods = when_available(subject.cluster.read_pods)
        self.watch = Watch(subject.image, plan, self.pods)
        self.traffic, self.costs = Traffic(plan), Costs(plan.enough_bursts)
        self.right, self.shed, self.worst = 0, 0, 0.0
        self._turns: Counter[str] = Counter()
        goldens = subject.expected.goldens
        self._burst = list(islice(cycle(goldens), plan.burst_photos))

    def run(self) -> list[Row]:
        """Asks and watches until the time is over or something fails; returns the rows of the table."""
        begin = time.monotonic()
        try:
            self._last(begin + self.plan.seconds)
            self.traffic.check_own(self.right, self.shed)
        except Failed as failure:
            into = f"{time.monotonic() - begin:.0f} s into the bake, after {self.right:,} right answers"
            return [Row(BAKE, "lasts", False, f"{failure} ({into})")]
        answers = f"{self.right:,} requests with golden photos answered right in {self.plan.seconds:.0f} s"
        return [
            Row(BAKE, "answers", True, f"{answers}, {self.shed:,} shed, worst difference {self.worst:.4f}"),
            Row(BAKE, "pods", True, self.watch.seen),
            Row(BAKE, "requests", True, self.traffic.seen(own=self.right + self.shed)),
            self._cost_row(),
        ]

    def _last(self, end: float) -> None:
        """Asks and watches until a moment of time.monotonic(); raises Failed with the name of who failed."""
        self._look()
        self._read_all()
        next_ask = next_look = time.monotonic()
        while (now := time.monotonic()) < end:
            if now >= next_look:
                next_look = now + self.plan.watch_seconds
                self._look()
                self._measure()
            self._ask()
            # what a burst took is made up for, an outage is not
            next_ask = max(next_ask + self.plan.ask_seconds, time.monotonic() - self.plan.watch_seconds)
            time.sleep(max(0.0, min(next_ask, end) - time.monotonic()))
        self._look()
        self._read_all()

    def _cost_row(self) -> Row:
        milliseconds = self.costs.milliseconds
        if milliseconds is None:
            return Row(
                BAKE, "cost", True, f"{NOT_MEASURED}: the bake was too short, or the pods had too much traffic, or left"
            )
        message = when_available(lambda: self.subject.cluster.condition_message(CONDITION))
        try:
            return Row(BAKE, "cost", True, compare_cost(milliseconds, message, self.plan.most_cost))
        except Failed as failure:
            return Row(BAKE, "cost", False, str(failure))

    @property
    def _ready(self) -> list[Pod]:
        return [pod for pod in self.pods.on_nodes if pod.ready and pod.address]

    def _look(self) -> None:
        try:
            self.pods = self.subject.cluster.read_pods()
        except Unavailable:
            self.watch.forget()
            return
        self.watch.look(self.pods, time.monotonic())

    def _turn(self, what: str) -> int:
        """0 at the first call with this word, then 1, 2, …"""
        self._turns[what] += 1
        return self._turns[what] - 1

    def _ask(self) -> None:
        """One golden photo for the service or the pod whose turn it is."""
        ready, goldens = self._ready, self.subject.expected.goldens
        name, client = SERVICE, self.subject.service
        if ready and (self._turn("ask") + 1) % self.plan.service_each:
            pod = ready[self._turn("pods") % len(ready)]
            name, client = pod.name, self.subject.client(pod)
        item = goldens[self._turn(name) % len(goldens)]
        self._try(name, lambda: self._predict(name, client, [item]))

    def _measure(self) -> None:
        """Bursts for the pod whose turn it is, and the processor time of each."""
        if not (ready := self._ready):
            return
        pod = ready[self._turn("bursts") % len(ready)]
        client = self.subject.client(pod)
        before = self._read(pod)
        for _ in range(self.plan.bursts):
            for _ in range(self.plan.burst_requests):
                self._try(pod.name, lambda: self._predict(pod.name, client, self._burst))
            after = self._read(pod)
            if before and after:
                self.costs.add(pod.name, before, after, self.plan.burst_requests * self.plan.burst_photos)
            before = after

    def _read_all(self) -> None:
        for pod in self._ready:
            self._read(pod)

    def _read(self, pod: Pod) -> Reading | None:
        """What the pod's metrics say; None if it is too busy, or has left."""
        reading: list[Reading] = []
        self._try(pod.name, lambda: reading.append(read_metrics(self.subject.client(pod))))
        for each in reading:
            self.traffic.add(pod.name, each)
        return reading[0] if reading else None

    def _predict(self, name: str, client: Client, items: Sequence[GoldenPhoto]) -> None:
        response = client.predict_once(*(item.photo for item in items))
        if name == SERVICE and self._is_of_before(response):
            return
        if response.is_shed:
            self.shed += 1
            return
        self.worst = max(self.worst, check_answer(response, items, self.subject.expected))
        self.right += 1

    def _is_of_before(self, response: Response) -> bool:
        """Whether a pod answered that is being deleted: a busy node hears late that it serves no more."""
        if response.headers.get("x-model-revision") == self.subject.expected.revision:
            return False
        return bool(self.pods.leaving or when_available(self.subject.cluster.read_pods).leaving)

    def _try(self, name: str, action: Callable[[], None]) -> None:
        """Does it; nothing happens if the one that was asked has left, or is too busy to tell.

        Raises:
            Failed: what went wrong, and with whom.
        """
        try:
            action()
        except Busy:
            pass
        except NoAnswer as silence:
            self._excuse(name, silence)
        except Failed as failure:
            raise Failed(f"{name}: {failure}") from None
        except (AttributeError, LookupError, TypeError, ValueError, ArithmeticError) as error:
            raise Failed(f"{name}: {another_form(error)}") from None

    def _excuse(self, name: str, silence: NoAnswer) -> None:
        """Returns if a pod gives no answer because it leaves or its node is lost; else raises Failed."""
        deadline = time.monotonic() + (self.plan.lost_seconds if isinstance(silence, Unreachable) else 0)
        before = {pod.name for pod in self.pods.on_nodes}
        while True:
            pods = when_available(self.subject.cluster.read_pods)
            names = {pod.name for pod in pods.on_nodes}
            if name not in names and (name != SERVICE or names != before or self.pods.leaving or pods.leaving):
                return
            if time.monotonic() > deadline:
                raise Failed(f"{name}: {silence}")
            time.sleep(PERIOD_SECONDS)
