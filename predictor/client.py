"""Asks a running server about photos and prints a table.

hack/predict cat.jpg dog.jpg
hack/predict --url https://photos.example.com photos/*.jpg
SERVING_KEY_FILE=key.txt hack/predict PHOTO    where the server wants a key: the first line of that file is sent
"""

import argparse
import base64
import io
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson
import requests
from requests.adapters import HTTPAdapter
from requests.utils import get_environ_proxies, select_proxy
from urllib3.util import Retry

from model.contract.errors import Mistake
from predictor.keys import OWN_KEY_FILE, own_headers

MORE = 3  # classes beside the likeliest one
LEAST_WIDTH = 5  # of the labels' column
RETRIES = 5
SCHEMES = ("http://", "https://")
MODELS_PATH = "/v1/models"


class Refusal(ValueError):
    """The server refused the photo; the message is the server's."""


class NotTheServer(Exception):
    """What answered is not a server of ours: nothing else can be asked."""


def connect() -> requests.Session:
    """Asks again, a few times, where the server is full (503) and says when to.

    Raises:
        Mistake: SERVING_KEY_FILE names a file that has no key.
    """
    session = requests.Session()
    session.headers.update(own_headers())
    retry = Retry(
        total=RETRIES,
        connect=0,
        read=0,
        status_forcelist=[503],
        allowed_methods=["POST"],
        backoff_factor=0.5,
        raise_on_status=False,
    )
    for scheme in SCHEMES:
        session.mount(scheme, HTTPAdapter(max_retries=retry))
    return session


def find_model(session: requests.Session, url: str, timeout: float = 30) -> str:
    """Asks a server for the address that takes photos.

    Raises:
        requests.RequestException: the server cannot be reached.
        NotTheServer: another one answered.
    """
    models = url.rstrip("/") + MODELS_PATH
    response = session.get(models, timeout=timeout)
    try:
        (name,) = orjson.loads(response.content)["models"]
    except (ValueError, LookupError, TypeError):  # of JSON of another form, or of none
        raise NotTheServer(f"status {response.status_code}") from None
    return f"{models}/{name}:predict"


def ask(
    session: requests.Session, model: str, photo: Path, timeout: float = 30
) -> tuple[dict[str, Any], Mapping[str, str]]:
    """Sends a photo to the address that `find_model` found.

    Returns:
        The prediction, and the headers of the response.

    Raises:
        OSError: the photo cannot be read, or the server cannot be reached (requests' errors are OSErrors).
        Refusal: the server refused the photo.
        Mistake: the server answers only those who have a key.
        NotTheServer: another one answered.
    """
    instance = {"image": {"b64": base64.b64encode(photo.read_bytes()).decode()}}
    response = session.post(model, json={"instances": [instance]}, timeout=timeout)
    if response.status_code == 401:
        raise Mistake(f"the server needs a key: name a file that has yours in {OWN_KEY_FILE}")
    try:
        content = orjson.loads(response.content)
        if response.status_code != 200:
            raise Refusal(content["error"].removeprefix("instance 0: ").replace("instance 0", "it"))
        (prediction,) = content["predictions"]
        row(prediction)
    except Refusal:
        raise
    except (ValueError, LookupError, TypeError, AttributeError):  # of JSON of another form, or of none
        raise NotTheServer(f"status {response.status_code}") from None
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


def no_answer(url: str) -> str:
    """Why nobody could be asked there."""
    proxy = select_proxy(url, get_environ_proxies(url))
    if proxy:
        return f"no server answers at {url} through the proxy that http_proxy names: unset it, or set no_proxy"
    return f"no server answers at {url}: start one with hack/serve"


def print_legend(headers: Mapping[str, str], is_unsure: bool) -> None:
    """What a mark means, and who answered; without headers nobody did."""
    if is_unsure:
        print("? = unsure")
    if headers:
        print(f"answered by revision {headers['x-model-revision']}, model version {headers['x-model-version']}")


def print_table(url: str, photos: Sequence[Path]) -> None:
    """Each photo in a request of its own: a request has a limit of bytes, and a refusal tells of one photo.

    Raises:
        SystemExit: one of them has no answer.
    """
    width, failed = max(len(str(photo)) for photo in photos), 0
    headers: Mapping[str, str] = {}
    is_unsure = False
    try:
        with connect() as session:
            model = find_model(session, url)
            for photo in photos:
                try:
                    prediction, headers = ask(session, model, photo)
                    said = row(prediction)
                    is_unsure |= bool(prediction.get("unsure"))
                except Refusal as refusal:
                    failed, said = failed + 1, f"refused: {refusal}"
                except requests.RequestException:
                    raise
                except OSError as error:
                    failed, said = failed + 1, f"cannot be read: {error.strerror}"
                print(f"{photo!s:{width}}  {said}")
    except requests.RequestException:
        sys.exit(f"error: {no_answer(url)}")
    except Mistake as mistake:
        sys.exit(f"error: {mistake}")
    except NotTheServer as other:
        sys.exit(f"error: what answers at {url} is not a server of this project ({other}): see --url")
    print_legend(headers, is_unsure)
    if failed:
        sys.exit(f"error: {failed} of {len(photos)} photos have no answer")


def main() -> None:
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal may lack the signs of the bar, or of a file's name
    parser = argparse.ArgumentParser(
        prog="hack/predict", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    formats = "JPEG, PNG, WebP, HEIC, AVIF, GIF or BMP file"
    parser.add_argument("photos", nargs="+", type=Path, metavar="PHOTO", help=formats)
    parser.add_argument("--url", default="http://127.0.0.1:8080", help="where the server is (default: %(default)s)")
    args = parser.parse_args()
    if not args.url.startswith(SCHEMES):
        sys.exit("error: --url must begin with http:// or https://")
    print_table(args.url, args.photos)


if __name__ == "__main__":
    main()
