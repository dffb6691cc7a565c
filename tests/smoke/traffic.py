"""How many requests did the pods fail? Counted by their own metrics, requests of others included."""

from .client import Failed
from .plan import Plan
from .readings import Reading, Requests


class Traffic:
    """What each pod has counted since it was first read.

    Args:
        plan: which share of failed requests is too much.
    """

    def __init__(self, plan: Plan):
        self.plan = plan
        self._first: dict[str, Reading] = {}
        self._last: dict[str, Reading] = {}

    def add(self, pod: str, reading: Reading) -> None:
        """Takes what a pod says now.

        Raises:
            Failed: another process answers than before, or too many requests have failed.
        """
        if reading.start != self._first.setdefault(pod, reading).start:
            raise Failed(f"{pod}: its server was started again")
        self._last[pod] = reading
        self._judge(pod, self.of(pod))
        self._judge("all pods", self.total)

    def of(self, pod: str) -> Requests:
        """The requests of one pod."""
        return self._last[pod].requests - self._first[pod].requests

    @property
    def total(self) -> Requests:
        """The requests of all pods, those that have left included."""
        return sum((self.of(pod) for pod in self._last), Requests())

    def check_own(self, right: int, shed: int) -> None:
        """Compares the judge's own requests, at the end, with what others asked.

        Args:
            right: how many were answered right.
            shed: how many were shed.

        Raises:
            Failed: no pod's metrics could be read; none was answered; or most were shed, and not for others' traffic.
        """
        if not self._last:
            raise Failed("no pod's metrics could be read")
        if not right:
            raise Failed(f"no golden photo was answered, {shed:,} were shed")
        others = self.total.total - right - shed
        if shed > right and others < self.plan.enough_requests:
            raise Failed(
                f"{shed:,} of {right + shed:,} golden photos were shed, and others sent {max(0, others):,} only"
            )

    def _judge(self, who: str, requests: Requests) -> None:
        share = requests.failed / max(requests.answered, 1)
        if requests.failed >= self.plan.least_failed and share > self.plan.most_failed_share:
            raise Failed(
                f"{who}: {requests.failed:,} of {requests.answered:,} requests failed ({share:.1%}), "
                f"at most {self.plan.most_failed_share:.0%} may"
            )

    def seen(self, own: int) -> str:
        """What was seen, for people.

        Args:
            own: how many of the requests were the judge's.
        """
        total = self.total
        others = max(0, total.total - own)
        few = ": too few to judge by" if others < self.plan.enough_requests else ""
        return (
            f"{others:,} requests of others{few}; "
            f"{total.failed:,} of {total.answered:,} failed in all, {total.shed:,} were shed (measured)"
        )
