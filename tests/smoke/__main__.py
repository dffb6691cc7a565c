"""Proves that a server is what its commit claims.

  python -m smoke ready   http://127.0.0.1:8080          is it ready? (the image's HEALTHCHECK)
  python -m smoke gate    http://127.0.0.1:8080          may this pod get traffic? (startupProbe of every pod)
  python -m smoke service http://catdog-predictor.catdog is everything behind the service right? (PostSync Job)
  python -m smoke ask     http://127.0.0.1:8080 < PHOTO  what is on this photo? (a drawn one, if the input is empty)

gate and service compare with CATDOG_EXPECTED_IMAGE, the image that the commit names, and with the golden answers in
catdog.pt. gate also compares the model's classes with CATDOG_EXPECTED_CLASSES, a JSON list, where that is set; service
reads it from the InferenceService. Exit status: 0 yes, 1 no; the reason is printed.
"""

import argparse
import os
import sys
from pathlib import Path

from .client import Client
from .image_reference import ImageReference


def main() -> int:
    """Parses the command line and runs the test that it names; returns the exit status."""
    parser = argparse.ArgumentParser("smoke", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("test", choices=("ready", "gate", "service", "ask"))
    parser.add_argument("url", help="base URL of the server")
    parser.add_argument("--model_path", type=Path, default=Path("catdog.pt"), help="default: catdog.pt, here")
    parser.add_argument("--proof", type=Path, help="where gate writes that the server passed; default: nowhere")
    parser.add_argument("--namespace", default="catdog", help="where the pods are; default: catdog")
    arguments = parser.parse_args()
    if arguments.test == "ready":
        return 0 if Client(arguments.url, timeout=2).is_ready() else 1
    if arguments.test == "ask":
        from .ask import ask

        return ask(Client(arguments.url), sys.stdin.buffer.read())
    try:
        image = ImageReference.parse(os.environ.get("CATDOG_EXPECTED_IMAGE", ""))
    except ValueError as error:
        parser.error(f"CATDOG_EXPECTED_IMAGE does not name the image that the commit claims: {error}")
    if arguments.test == "gate":
        from .gate import pass_gate

        classes = os.environ.get("CATDOG_EXPECTED_CLASSES")
        return pass_gate(Client(arguments.url), arguments.model_path, image, arguments.proof, classes)
    from .cluster import Cluster
    from .service import prove_service

    return prove_service(Client(arguments.url), arguments.model_path, image, Cluster(arguments.namespace))


if __name__ == "__main__":
    sys.exit(main())
