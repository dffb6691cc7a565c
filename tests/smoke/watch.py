"""Do the pods last? Restarts, and pods that are no longer ready."""

from .client import Failed
from .cluster import Pods
from .image_reference import ImageReference
from .plan import Plan


class Watch:
    """Compares each look at the pods with the ones before.

    Args:
        image: the one that the commit claims.
        plan: how long a pod may be unready.
        pods: those at the beginning. One that comes later was started by this commit, so it has no restarts to forgive.
    """

    def __init__(self, image: ImageReference, plan: Plan, pods: Pods):
        self.image, self.plan = image, plan
        self.began_with = {pod.name: pod.restarts for pod in pods.live}
        self.came: set[str] = set()
        self.left: set[str] = set()
        self._were_ready: set[str] = set()
        self._unready_since: dict[str, float] = {}

    def look(self, pods: Pods, now: float) -> None:
        """Takes the pods of this moment.

        Args:
            pods: what the API server says.
            now: time.monotonic().

        Raises:
            Failed: one is of another image, has restarted, or is not ready for too long.
        """
        for pod in pods.on_nodes:
            if pod.image != str(self.image):
                raise Failed(f"{pod.name}: it runs {pod.image}, the commit claims {self.image}")
            if (restarts := pod.restarts - self.began_with.get(pod.name, 0)) > 0:
                raise Failed(f"{pod.name}: its containers were started again {count(restarts, 'time')}")
            if pod.ready or not pod.has_started:
                self._unready_since.pop(pod.name, None)
                self._were_ready |= {pod.name} if pod.ready else set()
                continue
            unready = now - self._unready_since.setdefault(pod.name, now)
            if unready > (self.plan.unready_seconds if pod.name in self._were_ready else self.plan.start_seconds):
                raise Failed(f"{pod.name}: not ready for {unready:.0f} s ({pod.state})")
        names = {pod.name for pod in pods.live}
        self.came |= names - self.began_with.keys()
        self.left |= (self.began_with.keys() | self.came) - names

    def forget(self) -> None:
        """The API server gave no answer: meanwhile no pod could be reported as ready."""
        self._unready_since.clear()

    @property
    def seen(self) -> str:
        """What was seen, for people."""
        changes = [f"{len(names)} {verb}" for names, verb in ((self.came, "came"), (self.left, "left")) if names]
        return ", ".join([f"{count(len(self.began_with), 'pod')}, no restart, all ready", *changes])


def count(number: int, thing: str) -> str:
    """For example 1 pod, 2 pods."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"
