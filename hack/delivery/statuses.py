"""What Argo CD told GitHub of a commit, by its notifications (argocd/notifications)."""

import subprocess

from hack.delivery.command import CommandError, need


def status_context(application: str) -> str:
    """What the statuses of an Application are called: the label in argocd/notifications/configmap.yaml."""
    return f"argocd/{application}"


def was_proven(repository: str, commit: str, application: str) -> bool:
    """Whether an Application once reported a commit as proven.

    Args:
        repository: OWNER/NAME at GitHub.
        commit: full hash.
        application: its name in Argo CD.

    Raises:
        CommandError: GitHub does not say, or gh is missing.
    """
    need("gh", "https://cli.github.com")
    query = f'.[] | select(.context == "{status_context(application)}") | .state'
    command = ["gh", "api", "--paginate", f"repos/{repository}/commits/{commit}/statuses", "--jq", query]
    asked = subprocess.run(command, capture_output=True, text=True, check=False)
    if asked.returncode:
        raise CommandError(f"GitHub does not say whether {commit} was ever proven", asked.stderr.strip())
    return "success" in asked.stdout.split()
