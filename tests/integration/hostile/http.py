"""Hostile methods, paths and headers."""

import gzip

from model.settings import NAME
from tests.integration.hostile.case import GOOD, GOOD_JPEG, REFUSED, SECRET, Hostile
from tests.integration.raw import PREDICT, request

BODY = GOOD.partition(b"\r\n\r\n")[2]
BOMB = gzip.compress(bytes(10**8), mtime=0)
EITHER = frozenset({200, 400})
NOT_FOUND = frozenset({400, 404, 405, 422})


def methods() -> list[Hostile]:
    """Methods that the path does not take."""
    return [
        *(
            Hostile(f"method: {method}", (request(method, PREDICT, BODY),), frozenset({405}))
            for method in ("GET", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE")
        ),
        Hostile("method: HEAD", (request("HEAD", PREDICT),), frozenset({405}), is_head=True),
        Hostile("method: CONNECT", (request("CONNECT", f"{NAME}:443"),), frozenset({400, 404, 405})),
        Hostile("method: unheard of", (request("S3CR3T", PREDICT),), frozenset({400, 405})),
    ]


def paths() -> list[Hostile]:
    """Paths that lead nowhere."""
    unknown = {
        "other model": f"/v1/models/{SECRET}:predict",
        "no model": "/v1/models/:predict",
        "parent": "/v1/models/../../etc/passwd",
        "escaped parent": "/v1/models/%2e%2e%2f%2e%2e%2fetc%2fpasswd",
        "escaped zero": f"/v1/models/{NAME}%00:predict",
        "escaped new line": f"/v1/models/{NAME}%0d%0aX-Evil:%201:predict",
        "bad escape": "/v1/models/%zz%",
        "bad UTF-8": "/v1/models/%ff%fe",
        "double slash": f"//v1/models/{NAME}:predict",
        "slash behind": f"/v1/models/{NAME}:predict/",
        "upper case": "/V1/MODELS/CATDOG:PREDICT",
        "long": "/" + "s3cr3t" * 5000,
        "template": "/{{7*7}}${7*7}",
        "script": "/<script>alert(1)</script>",
        "log4j": "/${jndi:ldap://127.0.0.1/s3cr3t}",
        "explain": f"/v1/models/{NAME}:explain",
        "open AI": "/openai/v1/completions",
    }
    return [
        *(Hostile(f"path: {name}", (request("POST", path, BODY),), NOT_FOUND) for name, path in unknown.items()),
        Hostile("path: star", (request("OPTIONS", "*"),), frozenset({200, 400, 404, 405})),
        Hostile("path: whole address", (request("GET", "http://example.com/s3cr3t"),), frozenset({400, 404})),
        Hostile("path: long query", (request("POST", PREDICT + "?" + "a=s3cr3t&" * 1700, BODY),), EITHER),
        Hostile("path: unload", (request("POST", f"/v2/repository/models/{NAME}/unload"),), frozenset({403})),
        Hostile("path: load", (request("POST", "/v2/repository/models/s3cr3t/load"),), frozenset({403})),
    ]


def under(name: str, *odd: str, statuses: frozenset[int] = frozenset({200}), content: bytes = BODY) -> Hostile:
    """A good body, or another, under odd headers."""
    return Hostile(f"header: {name}", (request("POST", PREDICT, content, *odd),), statuses)


def headers_of_content() -> list[Hostile]:
    """Headers that describe the body wrongly, or not at all, and headers that are too long or too many."""
    event = ("ce-specversion: 1.0", "ce-id: s3cr3t", "ce-source: s3cr3t", "ce-type: s3cr3t")
    parts = (
        b'--s\r\nContent-Disposition: form-data; name="f"; filename="s3cr3t.jpg"\r\n\r\n' + GOOD_JPEG + b"\r\n--s--\r\n"
    )
    either = frozenset({200, 400, 431})
    return [
        under("content type of a picture", "Content-Type: image/jpeg", statuses=REFUSED),
        under("content type of noise", "Content-Type: \xff;;==s3cr3t"),
        under("charset", "Content-Type: application/json; charset=utf-7"),
        under("accept nothing", "Accept: application/s3cr3t;q=0", "Accept-Encoding: s3cr3t"),
        under("cloud event", *event, "Content-Type: application/cloudevents+json"),
        under("cloud event of another version", "ce-specversion: s3cr3t", "ce-id: 1"),
        under("request id too long", "X-Request-Id: " + "s3cr3t" * 1000),
        under("request id of noise", "X-Request-Id: \xe9\t\xff"),
        under("control character", "X-Request-Id: \x01", statuses=REFUSED),
        under("many", *(f"X-{i}: s3cr3t" for i in range(500)), statuses=either),
        under("long", "X-Long: " + "s3cr3t" * 5000, statuses=either),
        under("same again", *["Content-Type: text/plain"] * 50),
        under("gzip, as announced", "Content-Encoding: gzip", content=gzip.compress(BODY, mtime=0)),
        under("gzip, not as announced", "Content-Encoding: gzip", statuses=REFUSED),
        under("gzip bomb", "Content-Encoding: gzip", content=BOMB, statuses=frozenset({413})),
        under("odd coding", "Content-Encoding: s3cr3t", statuses=frozenset({415})),
        under("form", "Content-Type: multipart/form-data; boundary=s", content=parts),
        under(
            "form of another boundary", "Content-Type: multipart/form-data; boundary=t", content=parts, statuses=REFUSED
        ),
        under("form cut short", "Content-Type: multipart/form-data; boundary=s", content=parts[:-9], statuses=REFUSED),
    ]


def headers_of_connection() -> list[Hostile]:
    """Expectations, proxies, and offers to change the protocol."""
    websocket = (
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    )
    http2 = ("Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABk")
    return [
        under("expectation", "Expect: 100-continue"),
        under("odd expectation", "Expect: s3cr3t", statuses=frozenset({200, 417})),
        under("range", "Range: bytes=0-1,5-6,7-7"),
        under("method override", "X-HTTP-Method-Override: DELETE"),
        under("forwarded", "X-Forwarded-For: s3cr3t", "Forwarded: for=s3cr3t", "X-Forwarded-Proto: s3cr3t"),
        Hostile("header: HTTP/2 wanted", (request("GET", "/", b"", *http2),), frozenset({200})),
        under("HTTP/2 wanted, with a body", *http2),
        under("websocket, with a body", *websocket),
        under("HTTP/2 wanted, with an empty body", *http2, statuses=REFUSED, content=b""),
        Hostile("header: websocket", (request("GET", PREDICT, b"", *websocket),), frozenset({405})),
        Hostile("header: half a websocket", (request("GET", "/", b"", *websocket[:2]),), frozenset({200})),
    ]


def malformed_headers() -> list[Hostile]:
    """Heads that break the rules of HTTP."""
    return [
        Hostile("header: no host", (f"POST {PREDICT} HTTP/1.1\r\nContent-Length: 0\r\n\r\n".encode(),)),
        Hostile("header: no name", (f"POST {PREDICT} HTTP/1.1\r\n: s3cr3t\r\nContent-Length: 0\r\n\r\n".encode(),)),
        Hostile("header: no colon", (f"POST {PREDICT} HTTP/1.1\r\ns3cr3t\r\nContent-Length: 0\r\n\r\n".encode(),)),
        Hostile("header: zero byte", (b"GET / HTTP/1.1\r\nHost: x\r\nX-A: a\x00b\r\n\r\n",), EITHER),
        Hostile("header: folded", (b"GET / HTTP/1.1\r\nHost: x\r\nX-A: a\r\n b\r\n\r\n",), EITHER),
        Hostile("header: space before colon", (b"GET / HTTP/1.1\r\nHost: x\r\nX-A : s3cr3t\r\n\r\n",), EITHER),
    ]
