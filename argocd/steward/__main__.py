"""Closes what KServe and Argo CD leave open, so that a bad commit is red at once and a fix is taken up at once:

- writes the condition RolloutFailed, with the reason, into the InferenceService while the newest pods fail
  (KServe stays Ready on the old ones; the health check in argocd-cm turns the condition into a failed sync);
- ends a running sync when git has a newer commit (Argo CD would first wait for the old one to succeed or time out);
- starts a sync for a revert that changes nothing in the cluster (Argo CD would leave the last sync at "failed").

It changes nothing else. The pod gets these files from a ConfigMap: argocd/kustomization.yaml lists them.
"""

import time
from pathlib import Path

from argocd.steward.api import ACCOUNT, Api, ApiError
from argocd.steward.reconcile import SyncSupervisor, report_rollout

PERIOD_SECONDS = 1


def main(account: Path = ACCOUNT) -> None:
    """Reconciles once a second until the process is ended; `account` holds the service account's token and CA."""
    api, supervisor = Api(account), SyncSupervisor()
    while True:
        for reconcile in (report_rollout, supervisor.reconcile):
            try:
                reconcile(api)
            except ApiError as error:
                print(f"will try again: {error}", flush=True)
        time.sleep(PERIOD_SECONDS)


if __name__ == "__main__":
    main()
