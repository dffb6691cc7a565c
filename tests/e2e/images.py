"""Bad images: each is one layer on the good one, so that it builds and is pushed in seconds."""

import hashlib
import os
import subprocess
from pathlib import Path

from .commands import PROJECT, REGISTRY, run

HERE = Path(__file__).parent
IMPOSTOR = "COPY impostor.py /app/predictor/__main__.py\nENV FAULT={}\n"
# the real server with a fault
FAULTY = (
    "COPY faults.py /app/predictor/faults.py\n"
    "RUN echo 'from predictor import faults as faults' >> /app/predictor/engine/engine.py\n"
    'ENV FAULT="{}"\n'
)
ALWAYS_YES = "RUN mkdir -p /app/smoke && echo 'raise SystemExit(0)' > /app/smoke/__main__.py\n"
LAYERS = {
    "another good one": "",
    "a third good one": "",
    "a fourth good one": "",
    "process exits at once": "RUN echo \"raise SystemExit('out of order')\" > /app/predictor/__main__.py\n",
    "model file missing": "RUN rm /app/model.pt\n",
    "model file corrupt": "RUN head -c 1000 /app/model.pt > /app/half && mv /app/half /app/model.pt\n",
    "another revision": f"ENV SERVING_REVISION={'0' * 40}\n",
    "swaps the labels": IMPOSTOR.format("swaps"),
    "every predict fails": IMPOSTOR.format("fails"),
    "far too slow": IMPOSTOR.format("slow"),
    "swaps the labels, and its own smoke test always passes": IMPOSTOR.format("swaps") + ALWAYS_YES,
    "refuses JPEG": FAULTY.format("refuses JPEG"),
    "ignores the orientation": FAULTY.format("ignores the orientation"),
    "WebP is black": FAULTY.format("WebP is black"),
    "fails 1 in 12": FAULTY.format("fails 1 in 12"),
    "fails 1 in 50": FAULTY.format("fails 1 in 50"),
    "fails later": FAULTY.format("fails later"),
    "dies": FAULTY.format("dies"),
    "costs twice": FAULTY.format("costs twice"),
    "never ready": "RUN echo 'import time; time.sleep(9999)' > /app/predictor/__main__.py\n",
}


def build_image(good: str, fault: str) -> str:
    """Builds and pushes the image with this fault; the tag looks like a commit."""
    tag = hashlib.sha1(f"{good} {fault}".encode()).hexdigest()
    # its revision is its tag, as in every honest image, unless that is the fault
    revision = "" if "SERVING_REVISION" in LAYERS[fault] else f"ENV SERVING_REVISION={tag}\n"
    recipe = f"FROM {REGISTRY}:{good}\nUSER 0\n{LAYERS[fault]}USER 65532:65532\n{revision}"
    builder = run("bash", "-c", f"source {PROJECT}/hack/common.sh; builder").stdout.strip()
    run(
        builder, "build", "-q", "-t", f"{REGISTRY}:{tag}", "-f", "-", HERE,
        input=recipe, env={**os.environ, "DOCKER_BUILDKIT": "1"},
    )  # fmt: skip
    run("docker", "push", "-q", f"{REGISTRY}:{tag}")
    subprocess.run(["docker", "rmi", f"{REGISTRY}:{tag}"], capture_output=True, check=False)
    return tag
