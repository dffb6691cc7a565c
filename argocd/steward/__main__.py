"""Closes what KServe and Argo CD leave open, so that a bad commit is red at once and a fix is taken up at once:

- writes the condition RolloutFailed, with the reason, into the InferenceService while the newest pods fail
  (KServe stays Ready on the old ones; the health check in argocd-cm turns the condition into a failed sync);
- writes the conditions Proven, whether the last sync's smoke test found what runs to be good, and PhotoCost, what a
  photo costs in the last version that was (the health check and the next smoke test read them);
- ends a running sync when git has a newer commit (Argo CD would first wait for the old one to succeed or time out);
- starts a sync where Argo CD tries no second one: for a revert that changes nothing in the cluster, after an outage
  or the end of a sync, and after a sync of some objects only, which runs no smoke test.

It changes nothing else; argocd/guard sees to that. Two of them may run: each change names the version of the object
that it was decided on, so the API server takes only the first. The pod gets these files from a ConfigMap
(kustomization.yaml lists them) and has the standard library alone, because it must run when the server's does not.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from argocd.steward.api import ACCOUNT, Api, ApiError, Conflict
from argocd.steward.metrics import PORT, Metrics, serve
from argocd.steward.names import SERVICE
from argocd.steward.proof import PROVEN, report_proof
from argocd.steward.reconcile import CONDITION, SyncSupervisor, report_rollout

PERIOD_SECONDS = 1


def main(account: Path = ACCOUNT, port: int = PORT) -> None:
    """Reconciles once a second until the process is ended; `account` holds the service account's token and CA.

    Raises:
        OSError: `port` is taken.
    """
    api, supervisor, metrics = Api(account), SyncSupervisor(), Metrics()
    with serve(metrics, port):
        while True:
            run_round(api, supervisor, metrics)
            time.sleep(PERIOD_SECONDS)


def run_round(api: Api, supervisor: SyncSupervisor, metrics: Metrics) -> None:
    """Looks at everything once and changes what has to be changed. An error of one part leaves the others alone."""
    parts: tuple[Callable[[Api], str | None], ...] = (report_rollout, report_proof, supervisor.reconcile)
    for reconcile in parts:
        with tolerate(metrics):
            decision = reconcile(api)
            if decision:
                metrics.count_decision(decision)
    with tolerate(metrics):
        says = read_conditions(api)
        metrics.is_rollout_failing, metrics.is_proven = says.get(CONDITION) == "True", says.get(PROVEN) == "True"
    metrics.count_round()


@contextmanager
def tolerate(metrics: Metrics) -> Iterator[None]:
    """Counts errors of the API server. The next round tries again, with what it then sees."""
    try:
        yield
    except Conflict:  # most often the other steward has done it already
        metrics.count_conflict()
    except ApiError as error:
        metrics.count_error()
        print(f"will try again: {error}", flush=True)


def read_conditions(api: Api) -> dict[str, str]:
    """The status of each condition of the InferenceService by its type, whichever steward wrote it."""
    conditions = (api.get(SERVICE) or {}).get("status", {}).get("conditions", [])
    return {condition["type"]: condition["status"] for condition in conditions}


if __name__ == "__main__":
    main()
