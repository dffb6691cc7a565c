"""Asks a running server about photos and prints a table.

hack/predict cat.jpg dog.jpg
hack/predict --url http://catdog.example.com photos/*.jpg
"""

import argparse
import base64
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import requests

MORE = 3  # classes beside the likeliest one
LEAST_WIDTH = 5  # of the labels' column
MODEL_PATH = "/v1/models/catdog:predict"


def ask(url: str, photo: Path, timeout: float = 30) -> tuple[dict[str, Any], Mapping[str, str]]:
    """Sends a photo to a server.

    Returns:
        The prediction, and the headers of the response.

    Raises:
        OSError: the photo cannot be read, or the server cannot be reached (requests' errors are OSErrors).
        ValueError: the server refused; the message is the server's.
    """
    instance = {"image": {"b64": base64.b64encode(photo.read_bytes()).decode()}}
    response = requests.post(url.rstrip("/") + MODEL_PATH, json={"instances": [instance]}, timeout=timeout)
    if response.status_code != 200:
        try:
            reason = response.json()["error"]
        except (ValueError, KeyError, TypeError):
            reason = f"status {response.status_code}"
        raise ValueError(reason)
    (prediction,) = response.json()["predictions"]
    return prediction, response.headers


def row(prediction: dict[str, Any]) -> str:
    """Label, confidence, a question mark if unsure, and a bar from one class to the other, or the next likely ones."""
    longest = max(LEAST_WIDTH, *map(len, prediction["probabilities"]))  # of all classes: so rows fit below one another
    mark = " ?" if prediction.get("unsure") else ""
    answer = f"{prediction['label']:{longest}}  {prediction['confidence']:6.1%}{mark}"
    return f"{answer}  {describe(prediction['probabilities'])}".rstrip()


def describe(probabilities: dict[str, float]) -> str:
    """A bar for two classes, in their order; for more of them, the likeliest ones after the first."""
    if len(probabilities) == 2:
        (first, _), (second, probability) = probabilities.items()
        place = round(probability * 20)
        return f"{first} {'·' * place}●{'·' * (20 - place)} {second}"
    order = sorted(probabilities, key=lambda name: -probabilities[name])
    return ", ".join(f"{name} {probabilities[name]:.1%}" for name in order[1 : 1 + MORE])


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="hack/predict", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("photos", nargs="+", type=Path, metavar="PHOTO", help="JPEG, PNG, WebP, GIF or BMP file")
    parser.add_argument("--url", default="http://127.0.0.1:8080", help="where the server is (default: %(default)s)")
    args = parser.parse_args()
    width, refused = max(len(str(photo)) for photo in args.photos), 0
    headers: Mapping[str, str] = {}
    try:
        for photo in args.photos:  # each by itself: a request has a limit of bytes, and a refusal tells of one photo
            try:
                prediction, headers = ask(args.url, photo)
                print(f"{photo!s:{width}}  {row(prediction)}")
            except ValueError as error:
                refused += 1
                print(f"{photo!s:{width}}  refused: {error}")
    except requests.RequestException:
        sys.exit(f"error: no server answers at {args.url}: start one with hack/serve")
    except OSError as error:
        sys.exit(f"error: {error.filename} cannot be read: {error.strerror}")
    if refused:
        sys.exit(f"error: the server refuses {refused} of {len(args.photos)} photos")
    print(f"answered by revision {headers['x-catdog-revision']}, model version {headers['x-catdog-model-version']}")


if __name__ == "__main__":
    main()
