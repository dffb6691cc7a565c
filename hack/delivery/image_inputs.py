"""What an image is made of, as .dockerignore says. hack/build-image asks by this module:

  python -m hack.delivery.image_inputs COMMIT

prints git's pathspecs, one a line.
"""

import sys
from collections.abc import Sequence

from hack.delivery.command import Settings, run
from hack.delivery.git import WorkingCopy


def read_inputs(copy: WorkingCopy, revision: str = "HEAD") -> list[str]:
    """Returns git's pathspecs of all files that a revision's image is made of: when one changes, so does the image.

    Raises:
        CommandError: the revision has no .dockerignore.
    """
    lines = copy.git("show", f"{revision}:.dockerignore").splitlines()
    rules = [line for line in lines if line and not line.startswith("#") and line != "*"]
    included = [rule[1:] for rule in rules if rule.startswith("!")]
    return ["Dockerfile", *included, *(f":(exclude,glob){rule}" for rule in rules if not rule.startswith("!"))]


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the pathspecs for the only argument, a commit; returns the exit status."""
    (commit,) = sys.argv[1:] if arguments is None else arguments
    print(*read_inputs(WorkingCopy(Settings.read().repository), commit), sep="\n")
    return 0


if __name__ == "__main__":
    run(main, refusal=2)
