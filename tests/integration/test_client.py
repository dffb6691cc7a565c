"""hack/predict prints a table."""

import subprocess
import sys
from pathlib import Path

from hack.server_process import free_ports
from tests.integration.conftest import Photo
from tests.integration.server_process import ROOT, ServerProcess


def ask(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "predictor.client", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)


def fails(sentence: str, *arguments: object) -> None:
    asked = ask(*arguments)
    assert asked.returncode == 1
    assert asked.stderr == f"error: {sentence}\n"


def test_table(server: ServerProcess, photos: list[Photo], folder: Path) -> None:
    paths = []
    for index in range(10):
        paths.append(folder / f"photo-{index}")
        paths[-1].write_bytes(photos[index % len(photos)].data)
    asked = ask("--url", server.url, *paths)
    assert (asked.returncode, asked.stderr) == (0, "")
    *rows, last = asked.stdout.splitlines()
    for index, row in enumerate(rows):
        expected = photos[index % len(photos)].expected
        assert row.startswith(str(paths[index]))
        assert (("cat", "dog")[expected.argmax()], f"{expected.max():.1%}") == tuple(row.split()[1:3])
    assert len(rows) == 10
    assert last.startswith("answered by revision 0123abc, model version ")


def test_mistakes(server: ServerProcess, folder: Path) -> None:
    text, missing = folder / "text.jpg", folder / "missing.jpg"
    text.write_text("not a photo")
    (port,) = free_ports(1)
    fails(f"{missing} cannot be read: No such file or directory", "--url", server.url, missing)
    nobody = f"http://127.0.0.1:{port}"
    fails(f"no server answers at {nobody}: start one with hack/serve", "--url", nobody, text)


def test_a_photo_that_is_refused_spares_the_others(server: ServerProcess, photos: list[Photo], folder: Path) -> None:
    text, good = folder / "text.jpg", folder / "good"
    text.write_text("not a photo")
    good.write_bytes(photos[0].data)
    asked = ask("--url", server.url, text, good)
    assert (asked.returncode, asked.stderr) == (1, "error: the server refuses 1 of 2 photos\n")
    refused, answered = asked.stdout.splitlines()
    assert "refused: instance 0: the bytes are not a JPEG, PNG, WebP, HEIC, GIF or BMP image" in refused
    assert answered.startswith(str(good))
