"""One prediction for a person to look at."""

import json
from pathlib import Path

from .client import Client, Failed
from .expected import read_expected


def ask(client: Client, photo: bytes, folder: Path) -> int:
    """Sends a photo, and prints the answer and how long it took.

    Args:
        client: of the server.
        photo: encoded; if it is empty, the first golden photo is sent.
        folder: with expected.json, which has the golden photos.

    Returns:
        0 if the server predicted, or else 1.
    """
    try:
        response = client.predict(photo or read_expected(folder, "").goldens[0].photo)
        answer = response.json()
        shown = answer["predictions"][0] if response.status == 200 else answer
    except Failed as failure:
        print(failure)
        return 1
    except (LookupError, TypeError):
        print(f"the answer has another form: {answer!r:.120}")
        return 1
    print(response.status, json.dumps(shown), f"{response.seconds * 1000:.0f} ms")
    return 0 if response.status == 200 else 1
