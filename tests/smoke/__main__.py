"""Proves that a server is what its commit claims.

  python -m smoke pod     http://127.0.0.1:8080          may this pod get traffic? (container beside each server)
  python -m smoke service http://NAME-predictor.NAMESPACE is everything behind the service right? (PostSync Job)
  python -m smoke gate    http://127.0.0.1:8080          may this server get traffic? asked once
  python -m smoke ask     http://127.0.0.1:8080 < PHOTO  what is on this photo? (a golden one, if the input is empty)

From a checkout it is `python -m tests.smoke`. pod, gate and service compare with SERVING_EXPECTED_IMAGE, the image that
the commit names, and with expected.json and claims.json; SERVING_NAME is the model in URLs. service also needs
SERVING_NAMESPACE, where the pods are, SERVING_BAKE_SECONDS, how long it watches after its checks, and
SERVING_MOST_COST, how many times as much processor time as in the version before a photo may cost. Where the server
wants a key, SERVING_KEY_FILE names a file whose first line is one.
Exit status: 0 yes, 1 no; the reason is printed.
"""

import argparse
import os
import sys
from functools import partial
from pathlib import Path

from .ask import ask
from .client import Client, Failed
from .cluster import Cluster
from .gate import pass_gate, read_claimed
from .image_reference import ImageReference
from .plan import Plan
from .pod import judge_pod
from .service import prove_service


def main() -> int:
    """Parses the command line and runs the command that it names; returns the exit status."""
    parser = argparse.ArgumentParser("smoke", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=("pod", "service", "gate", "ask"))
    parser.add_argument("url", help="base URL of the server")
    parser.add_argument(
        "--expected", type=Path, default=Path("expected"), help="folder of expected.json and claims.json; default: here"
    )
    arguments = parser.parse_args()
    client, folder = Client(arguments.url), arguments.expected
    if arguments.command == "ask":
        return ask(client, sys.stdin.buffer.read(), folder)
    try:
        image = ImageReference.parse(os.environ.get("SERVING_EXPECTED_IMAGE", ""))
    except ValueError as error:
        parser.error(f"SERVING_EXPECTED_IMAGE does not name the image that the commit claims: {error}")
    if arguments.command == "service":
        try:
            plan = Plan.from_environment(os.environ)
        except Failed as failure:
            print(failure)
            return 1
        return prove_service(client, folder, image, Cluster(os.environ["SERVING_NAMESPACE"]), plan)
    judge = judge_pod if arguments.command == "pod" else pass_gate
    return judge(client, partial(read_claimed, folder, image.revision))


if __name__ == "__main__":
    sys.exit(main())
