"""Makes the ConfigMap of labelled photos that the prober asks about, from a folder: FOLDER/CLASS/*.jpg.

  hack/prober-photos FOLDER              writes the ConfigMap to runs/prober-photos.json, and prints the command for it
  hack/prober-photos FOLDER --out FILE   writes it to FILE
  hack/prober-photos FOLDER --apply      applies it to the cluster of SERVING_CONTEXT, and writes no file

A ConfigMap has at most 1 MiB: of each class as many photos are taken as fit, the same ones each time, and as many of
one class as of another where there are enough. Photos of more than 64 KiB are left out. They go as they are: nothing is
scaled or encoded anew. Whoever may read ConfigMaps in the namespace can see them.

The prober takes them up within two minutes, without a restart. To take them away:
kubectl -n NAMESPACE delete configmap NAME-prober-photos
"""

import base64
import hashlib
import json
import shlex
import subprocess
import sys
from collections.abc import Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any

from hack.delivery.command import PROJECT, CommandError, Parser, Settings, need, run, say
from hack.delivery.labelled import Photo, find_photos, show_progress
from model.settings import NAME, NAMESPACE
from tests.smoke.client import Failed
from tests.smoke.expected import read_expected

CONFIG_MAP = f"{NAME}-prober-photos"
LABELS = "labels.json"  # of the ConfigMap: which class each photo is of; manifests/monitoring/prober/photos.py reads it
MOST_BYTES = 1_000_000  # of photos: names and labels are in the 1 MiB too
LARGEST_PHOTO = 2**16
APPLY = (
    "apply",
    "--server-side",
    "--force-conflicts",
    "--field-manager",
    "hack",
)  # client-side has a limit of 256 KiB


def main(arguments: Sequence[str] | None = None) -> int:
    """Parses the command line; returns the exit status."""
    parser = Parser("prober-photos", __doc__)
    parser.add_argument("folder", type=Path, help="labelled photos, FOLDER/CLASS/*.jpg")
    parser.add_argument("--out", type=Path, default=PROJECT / "runs/prober-photos.json", help="file of the ConfigMap")
    parser.add_argument("--apply", action="store_true", help="applies it instead")
    options = parser.parse_args(arguments)
    if options.apply:
        need("kubectl", "https://kubernetes.io/docs/tasks/tools/")
    try:
        classes = read_expected(PROJECT / "manifests/base", "").classes
    except Failed as failure:
        raise CommandError(str(failure)) from None
    found = find_photos(options.folder, classes)
    chosen = choose(found)
    say(f"{len(chosen):,} of {len(found):,} photos, {sum(map(len, chosen.values())):,} bytes")
    text = json.dumps(configmap(chosen))
    command = ["kubectl", "--context", Settings.read().context, *APPLY, "-f"]
    if options.apply:
        if subprocess.run([*command, "-"], input=text.encode(), stdout=sys.stderr, check=False).returncode:
            raise CommandError("kubectl could not apply the ConfigMap", "See above.")
        return 0
    write(options.out, text)
    print(shlex.join([*command, str(options.out)]))
    return 0


def choose(photos: Sequence[Photo]) -> dict[Photo, bytes]:
    """The photos that go into the ConfigMap: in turn one of each class, in the order of their hashes.

    Raises:
        CommandError: a photo cannot be read, or a class has none that is small enough.
    """
    by_class: dict[str, list[tuple[str, Photo]]] = {}
    for number, photo in enumerate(photos, 1):
        data = read(photo)
        same = by_class.setdefault(photo.label, [])
        if 0 < len(data) <= LARGEST_PHOTO:
            same.append((hashlib.sha256(data).hexdigest(), photo))
        show_progress(number, len(photos))
    if empty := [label for label, same in by_class.items() if not same]:
        raise CommandError(f"no photo of {empty[0]} has at most {LARGEST_PHOTO:,} bytes", "Scale some down first.")
    chosen: dict[Photo, bytes] = {}
    turns = zip_longest(*(sorted(same, key=lambda each: each[0]) for same in by_class.values()))
    left = MOST_BYTES
    for _, photo in (each for turn in turns for each in turn if each):
        data = read(photo)
        left -= len(data)
        if left < 0:
            break
        chosen[photo] = data
    return chosen


def read(photo: Photo) -> bytes:
    """The bytes of a photo; raises CommandError if it cannot be read."""
    try:
        return photo.path.read_bytes()
    except OSError as error:
        raise CommandError(f"{photo.path} cannot be read: {error.strerror}") from None


def configmap(photos: dict[Photo, bytes]) -> dict[str, Any]:
    """The ConfigMap: photos under the start of their hashes, and which class each is of. The same photo is there once.

    Raises:
        CommandError: the same photo is in two classes.
    """
    labels: dict[str, str] = {}
    data: dict[str, str] = {}
    for photo, content in photos.items():
        name = hashlib.sha256(content).hexdigest()[:16]
        if labels.setdefault(name, photo.label) != photo.label:
            raise CommandError(f"{photo.path} is in two classes: {labels[name]} and {photo.label}")
        data[name] = base64.b64encode(content).decode()
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": CONFIG_MAP, "namespace": NAMESPACE, "labels": {"app.kubernetes.io/part-of": NAME}},
        "data": {LABELS: json.dumps(labels)},
        "binaryData": data,
    }


def write(path: Path, text: str) -> None:
    """Writes the file, over one of before; raises CommandError if another has its name, or it cannot be written."""
    try:
        if path.exists() and f'"name": "{CONFIG_MAP}"' not in path.read_text(errors="replace")[:200]:
            raise CommandError(f"{path} exists, and this command did not make it", "Name another one with --out.")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + "\n")
    except OSError as error:
        raise CommandError(f"{path} cannot be written: {error.strerror}") from None


if __name__ == "__main__":
    run(main)
