"""How long a rollout may take: one figure, and what follows from it.

Others state times that must fit to it and cannot import this file: the gate (tests/smoke/gate.py), the probes
(manifests/inferenceservice.yaml) and Argo CD's controller (argocd/local). tests/manifests/test_time_limits.py
compares them.
"""

# From the start of a pod's container until it is ready. Measured: 5 s on a quiet machine, 10 to 17 s in a pod on two
# cores with a load of 5. A node that is slower than that needs a higher figure.
READY_SECONDS = 45

VERDICT_SECONDS = 4 * READY_SECONDS  # hack/verdict waits so long: commit seen, pods ready, smoke test, retries
SYNC_SECONDS = 20 * READY_SECONDS  # Argo CD ends a sync that neither succeeds nor fails: no verdict
PULL_SECONDS = 20  # a registry may fail for a moment; "not found" is final at once
SCHEDULE_SECONDS = 20  # a scheduler that is busy may need that long
CREATE_SECONDS = 600  # the first pull of a large image
