"""One fault of the real server; FAULT says which. In the bad images predictor/engine/engine.py imports it at its end.

The server checks its golden photos at its start by functions that are none of these, so it starts as a good one does.
"""

import itertools
import os
import threading
import time
from collections.abc import Callable
from typing import Any

from model.contract.errors import BadImage
from model.contract.preprocess import read_photo
from predictor.engine import decoder
from predictor.engine.decoder import Decoder
from predictor.engine.engine import Engine

DEATH_SECONDS = 40  # from the start of the process
GOOD_SECONDS = 120  # likewise, of one that fails later: the short bake of most tests is over by then
STARTED_AT = time.monotonic()
asked = itertools.count(1)
answer = Engine.answer


def refuse_jpeg(data: bytes, *rest: Any) -> Any:
    if data.startswith(b"\xff\xd8"):
        raise BadImage("the image is damaged or cut short")
    return read_photo(data, *rest)


def ignore_orientation(data: bytes, *rest: Any) -> Any:
    return read_photo(data.replace(b"Exif\0\0", b"Else\0\0"), *rest)


def blacken_webp(data: bytes, *rest: Any) -> Any:
    pixels, size = read_photo(data, *rest)
    return (pixels * 0 if data.startswith(b"RIFF") else pixels), size


def fail_each(nth: int, after: float = 0) -> Callable[..., Any]:
    async def fail_sometimes(*arguments: Any) -> Any:
        if next(asked) % nth == 0 and time.monotonic() - STARTED_AT >= after:
            raise RuntimeError("out of order")
        return await answer(*arguments)

    return fail_sometimes


def cost_twice(method: Callable[..., Any]) -> Callable[..., Any]:
    """The method, and as much processor time again as it takes."""

    def run(*arguments: Any) -> Any:
        begin = time.thread_time()
        result = method(*arguments)
        used = time.thread_time() - begin
        while time.thread_time() - begin < 2 * used:
            pass
        return result

    return run


def die() -> None:
    time.sleep(DEATH_SECONDS)
    os._exit(3)


FAULTS: dict[str, dict[tuple[object, str], Callable[..., Any]]] = {  # what takes the place of which name of what
    "refuses JPEG": {(decoder, "read_photo"): refuse_jpeg},
    "ignores the orientation": {(decoder, "read_photo"): ignore_orientation},
    "WebP is black": {(decoder, "read_photo"): blacken_webp},
    "fails 1 in 12": {(Engine, "answer"): fail_each(12)},
    "fails 1 in 50": {(Engine, "answer"): fail_each(50)},
    "fails later": {(Engine, "answer"): fail_each(12, GOOD_SECONDS)},  # the prober gets answers, too
    "costs twice": {
        (owner, name): cost_twice(getattr(owner, name)) for owner, name in ((Decoder, "_read"), (Engine, "_classify"))
    },
    "dies": {},
}
for (owner, name), function in FAULTS[os.environ["FAULT"]].items():
    getattr(owner, name)  # a fault that replaces nothing would be none
    setattr(owner, name, function)
if os.environ["FAULT"] == "dies":
    threading.Thread(target=die, daemon=True).start()
