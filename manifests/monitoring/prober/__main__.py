"""Asks the service like a client, about photos whose answers are known, and tells Prometheus how good its answers are.

  python -m prober http://NAME-predictor.NAMESPACE      in the pod; from a checkout, with --golden manifests and
                                                        PYTHONPATH=.:manifests/monitoring

Every minute it asks about the golden photos of the release (manifests/base/expected.json) and, if there are any, the
labelled photos that hack/prober-photos has brought. Accuracy, precision, recall, F1 and the confusion counts are those
of the labelled photos; without them, those of the golden ones, whose labels are what the model said when it was
exported: predictor_prober_photos{kind="labelled"} is 0 then. Changed answers are golden ones beyond their tolerance,
and labelled ones with another label than this prober saw first of the same model. A 503 with Retry-After is tried
again. Where the server wants a key, SERVING_KEY_FILE names a file whose first line is one.

The pod gets these files and those of tests/smoke from ConfigMaps, and has the standard library alone, because it must
run when the server's image is broken.
"""

import argparse
import sys
from pathlib import Path

from prober.asking import PERIOD_SECONDS, Prober
from prober.metrics import PORT, Metrics, serve
from tests.smoke import client

AGENT = "predictor-prober"  # the server counts these requests as client="prober", not as traffic


def main() -> int:
    """Parses the command line, and asks until the process is ended."""
    parser = argparse.ArgumentParser(
        "prober", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("url", help="base URL of the service")
    parser.add_argument("--golden", type=Path, default=Path("golden"), help="folder of expected.json; default: golden")
    parser.add_argument(
        "--photos", type=Path, default=Path("photos"), help="folder of labelled photos; default: photos"
    )
    parser.add_argument("--port", type=int, default=PORT, help="of /metrics; default: %(default)s")
    parser.add_argument("--period", type=float, default=PERIOD_SECONDS, help="seconds of a round; default: %(default)s")
    options = parser.parse_args()
    client.AGENT = AGENT
    metrics = Metrics()
    prober = Prober(client.Client(options.url), options.golden, options.photos, metrics, options.period)
    with serve(metrics, options.port):
        prober.run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
