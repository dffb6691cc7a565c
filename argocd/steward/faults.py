"""What errors of Argo CD and the API server mean: is the commit to blame?"""

import re

# How Argo CD and the API server word that what the commit says is wrong. Whatever they say else is no verdict: there
# are more outages than anybody can list, and a release that is taken back wrongly is worse than one that waits.
RENDERING_FAULT = re.compile(
    r"`kustomize build .*` failed exit status|`kustomize edit .*` failed exit status \d+: Error: invalid Kustomization"
    r"|app path does not exist|typed value from config resource",
    re.DOTALL,
)
REFUSAL = re.compile(
    r"is invalid|[Ii]nvalid value|[Uu]nsupported value|[Rr]equired value|must be|denied( the)? request|is forbidden"
    r"|not permitted|immutable|unknown field|not declared in schema|error validating|cannot unmarshal"
    r"|unable to decode|no matches for kind|could not find|not found|`kustomize build"
)
# Among them are some that the cluster is to blame for.
NOT_THE_COMMITS = re.compile(
    r"fail(ed|ing) (calling|to call) webhook|exceeded quota|quota evaluation|being terminated"
    r"|namespaces .[a-z0-9-]+. not found|no space left|signal: killed|cannot allocate memory|too many open files"
    r"|connection refused|i/o timeout|deadline exceeded"
)


def is_rendering_fault(message: str) -> bool:
    """Whether an error says that git cannot be compared with the cluster because of what the commit says."""
    return RENDERING_FAULT.search(message) is not None and NOT_THE_COMMITS.search(message) is None


def is_refusal(message: str) -> bool:
    """Whether an error says that an object is refused because of what the commit says."""
    return REFUSAL.search(message) is not None and NOT_THE_COMMITS.search(message) is None
