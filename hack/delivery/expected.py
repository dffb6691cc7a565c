"""What the model of a commit must answer and what its file claims, for the judge, who does not ask the image about it:

  python -m hack.delivery.expected [REVISION]

writes manifests/base/expected.json for the model file of a commit (default: HEAD). hack/release does that itself; who
changes newTag by hand, to an image with another model, does it so. Standard library only.
"""

import argparse
import base64
import json
import tempfile
from collections.abc import Sequence
from pathlib import Path

from hack.delivery.command import CommandError, Settings, run, say
from hack.delivery.git import WorkingCopy
from model.contract.errors import Mistake
from model.contract.metadata import Golden, model_version, read_extras, read_metadata

EXPECTED = "manifests/base/expected.json"
MODEL = "model.pt"


def expected_text(copy: WorkingCopy, revision: str) -> str:
    """Returns what manifests/base/expected.json is to say for the model file of a revision, as git has it.

    Raises:
        CommandError: the revision has no model file, or one that no judge can use.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, MODEL)
        path.write_bytes(read_model(copy, revision))
        try:
            metadata = read_metadata(path)
            photos = read_extras(path, [golden["file"] for golden in metadata["golden"]])
        except Mistake as mistake:
            raise CommandError(str(mistake).replace(str(path), f"{MODEL} of {revision}")) from None
        version = model_version(path)
    content = {
        "model_version": version,
        "classes": metadata["classes"],
        # null where the file claims nothing: the judge says so, and refuses it
        "accuracy": metadata.get("metrics", {}).get("accuracy"),
        "test_photos": metadata.get("test", {}).get("photos"),
        "golden": [describe(golden, photo) for golden, photo in zip(metadata["golden"], photos, strict=True)],
    }
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def describe(golden: Golden, photo: bytes) -> dict[str, object]:
    """A golden photo of the model file as the judge reads it."""
    tolerance = golden["tolerance"]
    return {
        "what": golden["what"],
        "photo": base64.b64encode(photo).decode(),
        "probabilities": golden["probabilities"],
        "tolerance": {"probability": tolerance["probability"], "factor": tolerance["factor"]},
    }


def read_model(copy: WorkingCopy, revision: str) -> bytes:
    """Returns the model file of a revision, as git has it; raises CommandError if there is none."""
    content = copy.read_file(revision, MODEL)
    if content is None:
        raise CommandError(f"{revision} has no {MODEL} in {copy}", "It is read from git: name a commit that is there.")
    return content


def write_expected(copy: WorkingCopy, revision: str) -> bool:
    """Writes manifests/base/expected.json for the model of a revision; returns whether that changes the file."""
    text, file = expected_text(copy, revision), copy.folder / EXPECTED
    if file.is_file() and file.read_text() == text:
        return False
    file.write_text(text)
    return True


def main(arguments: Sequence[str] | None = None) -> int:
    """Parses the command line and writes the file; returns the exit status."""
    parser = argparse.ArgumentParser(
        "python -m hack.delivery.expected", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("revision", nargs="?", default="HEAD", help="a commit; default: HEAD")
    options = parser.parse_args(arguments)
    is_changed = write_expected(WorkingCopy(Settings.read().repository), options.revision)
    say(f"{EXPECTED} {'is written' if is_changed else 'says that already'}")
    return 0


if __name__ == "__main__":
    run(main)
