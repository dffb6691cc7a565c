"""Asks a running server about photos, one after the other, as any client would."""

import base64
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import requests

from model.contract.classes import check_classes
from model.contract.errors import Mistake
from predictor.keys import OWN_KEY_FILE, own_headers

AGENT = "predictor-assess"  # the server counts these requests as client="assess", not as traffic
TIMEOUT_SECONDS = 30
BUSY_SECONDS = 60  # how long a server may ask to be asked later
ROUNDED = 2e-6  # V1 rounds probabilities to six digits: two that are equal need not have been


class Refused(Exception):
    """The server does not take this photo; the text is what it says."""


@dataclass(frozen=True)
class Reply:
    """The answer to one photo."""

    label: str
    probabilities: dict[str, float]
    unsure: bool
    revision: str
    model_version: str
    seconds: float
    """From sending the request to having the whole answer, over a connection that is open already."""

    @property
    def versions(self) -> tuple[str, str]:
        """Who answered: revision and model version."""
        return self.revision, self.model_version


class Server:
    """The server at a base URL, such as http://127.0.0.1:8080.

    Raises:
        Mistake: the URL is none of HTTP, or SERVING_KEY_FILE names a file that has no key.
    """

    def __init__(self, url: str):
        self.url = url.rstrip("/")
        if not self.url.startswith(("http://", "https://")):
            raise Mistake(f"{url} is not the address of a server: it begins with http:// or https://")
        self.session = requests.Session()
        self.session.headers.update({"User-Agent": AGENT, **own_headers()})

    @cached_property
    def model_path(self) -> str:
        """The path of the model that it serves; raises Mistake as `classes` does."""
        response = self._send("GET", "/v1/models")
        self._check_ready(response)
        with self._agreed_form(response):
            (name,) = response.json()["models"]
        return f"/v1/models/{name}"

    def classes(self) -> tuple[str, ...]:
        """The classes of the model that it serves, in the order of its outputs.

        Raises:
            Mistake: it does not answer, is not ready, or is not such a server.
        """
        response = self._send("GET", self.model_path)
        self._check_ready(response)
        with self._agreed_form(response):
            return check_classes(response.json()["classes"])

    def ask(self, photo: bytes) -> Reply:
        """The answer to an encoded photo; asks again while the server is full.

        Raises:
            Refused: the server cannot read it as a photo, or it is too large.
            Mistake: the server does not answer, fails, stays full, needs a key, or answers in another form.
        """
        body = {"instances": [{"image": {"b64": base64.b64encode(photo).decode()}}]}
        deadline = time.monotonic() + BUSY_SECONDS
        while True:
            begin = time.perf_counter()
            response = self._send("POST", f"{self.model_path}:predict", body)
            seconds = time.perf_counter() - begin
            if response.status_code != 503 or "retry-after" not in response.headers:
                break
            if time.monotonic() > deadline:
                raise Mistake(f"the server at {self.url} was full for {BUSY_SECONDS} s: ask when it has less traffic")
            time.sleep(1)
        if response.status_code in (400, 413):
            raise Refused(self._reason(response))
        if response.status_code == 401:
            raise Mistake(f"the server at {self.url} needs a key: name a file that has yours in {OWN_KEY_FILE}")
        if response.status_code != 200:
            raise Mistake(f"the server at {self.url} answers {response.status_code}: {self._reason(response)}")
        with self._agreed_form(response):
            return read_reply(response.json(), response.headers, seconds)

    def _send(self, method: str, path: str, body: Any = None) -> requests.Response:
        try:
            return self.session.request(method, self.url + path, json=body, timeout=TIMEOUT_SECONDS)
        except requests.RequestException as error:
            raise Mistake(
                f"no server answers at {self.url} ({type(error).__name__}): start one with hack/serve, or name another"
            ) from None

    def _check_ready(self, response: requests.Response) -> None:
        if response.status_code != 200:
            raise Mistake(f"the server at {self.url} is not ready: it answers {response.status_code}")

    def _reason(self, response: requests.Response) -> str:
        try:
            return str(response.json()["error"])
        except (ValueError, LookupError, TypeError):
            return "no reason is given"

    @contextmanager
    def _agreed_form(self, response: requests.Response) -> Iterator[None]:
        try:
            yield
        except (AttributeError, LookupError, TypeError, ValueError):
            raise Mistake(f"{self.url} answers in another form than this project's: {response.text[:80]!r}") from None


def read_reply(answer: Any, headers: Any, seconds: float) -> Reply:
    """The one prediction of a V1 answer; raises LookupError, TypeError or ValueError if it has another form."""
    (prediction,) = answer["predictions"]
    label, probabilities = prediction["label"], {name: float(p) for name, p in prediction["probabilities"].items()}
    if not abs(probabilities[label] - max(probabilities.values())) < ROUNDED:
        raise ValueError("the label is not the likeliest class")
    return Reply(
        label, probabilities, bool(prediction.get("unsure")), headers["x-model-revision"],
        headers["x-model-version"], seconds,
    )  # fmt: skip
