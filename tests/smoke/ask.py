"""One prediction for a person to look at."""

import json

from .client import Client, Failed


def ask(client: Client, photo: bytes) -> int:
    """Sends an encoded photo, or a drawn one if there are no bytes, and prints the answer and how long it took.

    Returns:
        0 if the server predicted, or else 1.
    """
    if not photo:
        from model.contract.golden import golden_png

        photo = golden_png(1, 500)
    try:
        response = client.predict(photo)
    except Failed as failure:
        print(failure)
        return 1
    answer = response.json()
    print(response.status, json.dumps(answer["predictions"][0] if response.status == 200 else answer), end=" ")
    print(f"{response.seconds * 1000:.0f} ms")
    return 0 if response.status == 200 else 1
