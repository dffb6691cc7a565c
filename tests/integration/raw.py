"""HTTP/1.1 written byte by byte, for requests that an HTTP library refuses to send."""

import json
import socket
from dataclasses import dataclass
from typing import BinaryIO, Self

from model.settings import NAME

PREDICT = f"/v1/models/{NAME}:predict"
INFER = f"/v2/models/{NAME}/infer"


def request(method: str, path: str, body: bytes = b"", *headers: str, version: str = "HTTP/1.1") -> bytes:
    """A well-formed request, but for what the caller puts into it."""
    lines = [f"{method} {path} {version}", f"Host: {NAME}", *headers]
    if body or method == "POST":
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + body


def post(content: object, path: str = PREDICT) -> bytes:
    """A POST of JSON."""
    return request("POST", path, json.dumps(content).encode(), "Content-Type: application/json")


@dataclass(frozen=True)
class Response:
    """The response to a request; header names are in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def is_last(self) -> bool:
        """Whether it announces that the connection is closed."""
        return self.headers.get("connection", "").lower() == "close"


class Connection:
    """One connection to a server."""

    def __init__(self, port: int, seconds: float = 30):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=seconds)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.reader: BinaryIO = self.socket.makefile("rb")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.reader.close()
        self.socket.close()

    def send(self, *pieces: bytes) -> None:
        """Sends; a server that has responded and closed already is no error."""
        try:
            for piece in pieces:
                self.socket.sendall(piece)
        except (BrokenPipeError, ConnectionResetError):
            pass

    def receive(self, has_body: bool = True) -> Response:
        """The next response; interim ones (1xx) are passed over.

        Raises:
            EOFError: the connection was closed without one.
        """
        while (response := self._receive(has_body)).status < 200:
            pass
        return response

    def _receive(self, has_body: bool) -> Response:
        first = self.reader.readline().decode("latin-1").split(" ", 2)
        if len(first) < 3 or not first[0].startswith("HTTP/1."):
            raise EOFError(f"no response but {first}")
        headers = {}
        while line := self.reader.readline().decode("latin-1").strip():
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        length = int(headers["content-length"]) if "content-length" in headers else None
        status = int(first[1])
        if not has_body or status < 200:
            return Response(status, headers, b"")
        return Response(status, headers, self.reader.read(length) if length is not None else self._read_rest(headers))

    def _read_rest(self, headers: dict[str, str]) -> bytes:
        if headers.get("transfer-encoding") != "chunked":
            return self.reader.read()
        body = b""
        while size := int(self.reader.readline(), 16):
            body += self.reader.read(size)
            self.reader.readline()
        self.reader.readline()
        return body

    def is_closed(self) -> bool:
        """Whether the server closes the connection and sends nothing more."""
        try:
            return self.reader.read(1) == b""
        except ConnectionResetError:
            return True
