"""How long a rollout may take: two figures, and what follows from them.

Others state times that must fit to them and cannot import this file: the judge (tests/smoke/gate.py, rollout.py), the
probes (inferenceservice.yaml in manifests/base), the bake (smoke-job.yaml there) and Argo CD's controller
(argocd/local). tests/manifests/test_time_limits.py compares them.
"""

# From the start of a pod's container until it is ready. Measured: 5 s on a quiet machine, 10 to 17 s in a pod on two
# cores with a load of 5. A node that is slower than that needs a higher figure.
READY_SECONDS = 45

BAKE_SECONDS = 60  # how long the smoke test watches after its checks

VERDICT_SECONDS = 4 * READY_SECONDS + BAKE_SECONDS  # hack/verdict's: commit seen, pods ready, smoke test
SYNC_SECONDS = 20 * READY_SECONDS  # Argo CD ends a sync that neither succeeds nor fails: no verdict
PULL_SECONDS = 20  # a registry may fail for a moment; "not found" is final at once
SCHEDULE_SECONDS = 20  # a scheduler that is busy may need that long
CREATE_SECONDS = 600  # the first pull of a large image
