"""Hostile framing: where a request ends, and whether it is one."""

from tests.integration.hostile.case import GOOD, REFUSED, Hostile
from tests.integration.hostile.http import BODY, EITHER
from tests.integration.raw import PREDICT, request

START = f"POST {PREDICT} HTTP/1.1\r\nHost: x\r\n".encode()
CHUNKED = START + b"Transfer-Encoding: chunked\r\n\r\n"
SIZE = f"{len(BODY):x}".encode()


def other_protocols() -> list[Hostile]:
    """Other protocols, other versions, and noise."""
    return [
        Hostile("framing: noise", (bytes(range(256)) * 10,), REFUSED),
        Hostile("framing: TLS", (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500),), REFUSED),
        Hostile("framing: HTTP/2", (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(50),), frozenset({400, 404, 405, 505})),
        Hostile("framing: HTTP/9.9", (request("GET", "/", version="HTTP/9.9"),), frozenset({200, 400, 505})),
        Hostile("framing: HTTP/0.9", (b"GET /\r\n\r\n",), EITHER),
        Hostile("framing: HTTP/1.0", (request("POST", PREDICT, BODY, version="HTTP/1.0"),), frozenset({200})),
        Hostile(
            "framing: new lines only", (GOOD.partition(b"\r\n\r\n")[0].replace(b"\r", b"") + b"\n\n" + BODY,), EITHER
        ),
        Hostile("framing: SMTP", (b"EHLO s3cr3t\r\nMAIL FROM: <a@b>\r\n\r\n",), REFUSED),
    ]


def lengths() -> list[Hostile]:
    """A content-length that is wrong."""
    return [
        Hostile(
            "framing: lengths that differ", (START + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\n" + BODY,), REFUSED
        ),
        Hostile("framing: length negative", (START + b"Content-Length: -5\r\n\r\n",), REFUSED),
        Hostile("framing: length text", (START + b"Content-Length: s3cr3t\r\n\r\n",), REFUSED),
        Hostile("framing: length too large", (START + b"Content-Length: " + b"9" * 40 + b"\r\n\r\n",), REFUSED),
        Hostile(
            "framing: length and chunks",
            (
                START
                + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"
                + SIZE
                + b"\r\n"
                + BODY
                + b"\r\n0\r\n\r\n",
            ),
            EITHER,
        ),
    ]


def chunks() -> list[Hostile]:
    """Bodies in chunks, right and wrong."""
    return [
        Hostile("framing: chunks", (CHUNKED, SIZE + b"\r\n", BODY + b"\r\n", b"0\r\n\r\n"), frozenset({200})),
        Hostile(
            "framing: chunks of one byte",
            (CHUNKED, *(b"1\r\n" + BODY[i : i + 1] + b"\r\n" for i in range(1000)), b"0\r\n\r\n"),
        ),
        Hostile("framing: chunk of bad size", (CHUNKED + b"s3cr3t\r\n",), REFUSED),
        Hostile("framing: chunk of negative size", (CHUNKED + b"-5\r\n",), REFUSED),
        Hostile("framing: chunk of huge size", (CHUNKED + b"f" * 40 + b"\r\n",), REFUSED),
        Hostile(
            "framing: chunks with a trailer",
            (CHUNKED + SIZE + b"\r\n" + BODY + b"\r\n0\r\nX-A: s3cr3t\r\n\r\n",),
            EITHER,
        ),
        Hostile("framing: chunk extension", (CHUNKED + SIZE + b";s3cr3t=1\r\n" + BODY + b"\r\n0\r\n\r\n",), EITHER),
        Hostile("framing: odd coding", (START + b"Transfer-Encoding: s3cr3t\r\n\r\n" + BODY,), REFUSED),
        Hostile("framing: coding twice", (START + b"Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",), REFUSED),
    ]


def pieces() -> list[Hostile]:
    """Requests that arrive in small pieces, or only in part."""
    return [
        Hostile("framing: byte by byte", (*(GOOD[i : i + 1] for i in range(300)), GOOD[300:]), frozenset({200})),
        Hostile("framing: leaves in the head", (GOOD[:60],), leaves=True),
        Hostile("framing: leaves in the body", (GOOD[:-100],), leaves=True),
        Hostile("framing: leaves in a chunk", (CHUNKED + SIZE + b"\r\n" + BODY[:100],), leaves=True),
        Hostile("framing: leaves before the answer", (GOOD,), leaves=True),
        Hostile("framing: leaves after many", (GOOD * 20,), leaves=True),
        Hostile("framing: says nothing", (), leaves=True),
    ]
