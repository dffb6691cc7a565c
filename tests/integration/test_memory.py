"""Photos are decoded within a budget of the whole process, however many come at once."""

import base64
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from tests.integration.server_process import ServerProcess
from tests.unit.photos import encoded

BUDGET = 96 * 2**20
SIDE = 3600  # 13 million pixels: 52 MB in Pillow's memory, where four of them would take 208
CLIENTS = 8


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    folder = tmp_path_factory.mktemp("memory")
    with ServerProcess(folder, "--max_decode_bytes", BUDGET, "--threads", 4) as server:
        yield server


def photo(mode: str, kind: str, side: int = SIDE) -> str:
    """A photo with a gradient in each band, as base64."""
    band = Image.linear_gradient("L").resize((side, side))
    image = Image.merge(mode, [band] * len(mode)) if len(mode) > 1 else band.convert(mode)
    return base64.b64encode(encoded(image, kind)).decode()


def peak_bytes(server: ServerProcess) -> int:
    """The most memory that the server ever had."""
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    (line,) = [line for line in status.splitlines() if line.startswith("VmHWM:")]
    return int(line.split()[1]) * 1024


@pytest.mark.parametrize(("mode", "kind"), [("RGBA", "PNG"), ("LA", "PNG"), ("CMYK", "JPEG"), ("P", "GIF")])
def test_large_photos_at_once(server: ServerProcess, mode: str, kind: str) -> None:
    before, instance = server.resident_bytes, photo(mode, kind)
    statuses: Counter[int] = Counter()

    def ask() -> None:
        statuses[server.predict(instance).status_code] += 1

    clients = [threading.Thread(target=ask) for _ in range(CLIENTS)]
    for client in clients:
        client.start()
    for client in clients:
        client.join()
    assert statuses == {200: CLIENTS}
    assert peak_bytes(server) - before < BUDGET + 64 * 2**20


def test_a_photo_that_alone_takes_more_is_refused(server: ServerProcess) -> None:
    response = server.predict(photo("RGBA", "PNG", 5000))
    assert response.status_code == 400
    assert "decoding the image takes" in response.json()["error"]
    assert "send it with fewer pixels" in response.json()["error"]
