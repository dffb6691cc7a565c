"""Hostile methods, paths, headers and framing."""

import gzip

from tests.integration.hostile.case import GOOD, GOOD_JPEG, REFUSED, SECRET, Hostile
from tests.integration.raw import PREDICT, request


def methods_and_paths() -> list[Hostile]:
    """Where nothing is, or not for this method."""
    body = GOOD.partition(b"\r\n\r\n")[2]
    wrong = [
        Hostile(f"method: {method}", (request(method, PREDICT, body),), frozenset({405}))
        for method in ("GET", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE")
    ]
    paths = {
        "other model": f"/v1/models/{SECRET}:predict",
        "no model": "/v1/models/:predict",
        "parent": "/v1/models/../../etc/passwd",
        "escaped parent": "/v1/models/%2e%2e%2f%2e%2e%2fetc%2fpasswd",
        "escaped zero": "/v1/models/catdog%00:predict",
        "escaped new line": "/v1/models/catdog%0d%0aX-Evil:%201:predict",
        "bad escape": "/v1/models/%zz%",
        "bad UTF-8": "/v1/models/%ff%fe",
        "double slash": "//v1/models/catdog:predict",
        "slash behind": "/v1/models/catdog:predict/",
        "upper case": "/V1/MODELS/CATDOG:PREDICT",
        "long": "/" + "s3cr3t" * 5000,
        "template": "/{{7*7}}${7*7}",
        "script": "/<script>alert(1)</script>",
        "log4j": "/${jndi:ldap://127.0.0.1/s3cr3t}",
        "explain": "/v1/models/catdog:explain",
        "open AI": "/openai/v1/completions",
    }
    not_here = frozenset({400, 404, 405, 422})
    return [
        *wrong,
        Hostile("method: HEAD", (request("HEAD", PREDICT),), frozenset({405}), is_head=True),
        Hostile("method: CONNECT", (request("CONNECT", "catdog:443"),), frozenset({400, 404, 405})),
        Hostile("method: unheard of", (request("S3CR3T", PREDICT),), frozenset({400, 405})),
        *(Hostile(f"path: {name}", (request("POST", path, body),), not_here) for name, path in paths.items()),
        Hostile("path: star", (request("OPTIONS", "*"),), frozenset({200, 400, 404, 405})),
        Hostile("path: whole address", (request("GET", "http://example.com/s3cr3t"),), frozenset({400, 404})),
        Hostile(
            "path: long query", (request("POST", PREDICT + "?" + "a=s3cr3t&" * 5000, body),), frozenset({200, 400})
        ),
        Hostile("path: unload", (request("POST", "/v2/repository/models/catdog/unload"),), frozenset({403})),
        Hostile("path: load", (request("POST", "/v2/repository/models/s3cr3t/load"),), frozenset({403})),
    ]


def headers() -> list[Hostile]:
    """Good bodies under odd headers."""
    body = GOOD.partition(b"\r\n\r\n")[2]

    def under(name: str, *odd: str, statuses: frozenset[int] = frozenset({200}), content: bytes = body) -> Hostile:
        return Hostile(f"header: {name}", (request("POST", PREDICT, content, *odd),), statuses)

    event = ("ce-specversion: 1.0", "ce-id: s3cr3t", "ce-source: s3cr3t", "ce-type: s3cr3t")
    zipped = gzip.compress(body)
    parts = (
        b'--s\r\nContent-Disposition: form-data; name="f"; filename="s3cr3t.jpg"\r\n\r\n' + GOOD_JPEG + b"\r\n--s--\r\n"
    )
    websocket = (
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    )
    http2 = ("Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABk")
    either = frozenset({200, 400, 431})
    return [
        under("content type of a picture", "Content-Type: image/jpeg"),
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
        under("gzip, as announced", "Content-Encoding: gzip", content=zipped, statuses=REFUSED),
        under("form", "Content-Type: multipart/form-data; boundary=s", content=parts, statuses=REFUSED),
        under("expectation", "Expect: 100-continue"),
        under("odd expectation", "Expect: s3cr3t", statuses=frozenset({200, 417})),
        under("range", "Range: bytes=0-1,5-6,7-7"),
        under("method override", "X-HTTP-Method-Override: DELETE"),
        under("forwarded", "X-Forwarded-For: s3cr3t", "Forwarded: for=s3cr3t", "X-Forwarded-Proto: s3cr3t"),
        Hostile("header: HTTP/2 wanted", (request("GET", "/", b"", *http2),), frozenset({200})),
        under("HTTP/2 wanted, with a body", *http2, statuses=REFUSED),
        Hostile("header: websocket", (request("GET", PREDICT, b"", *websocket),), frozenset({405})),
        Hostile("header: half a websocket", (request("GET", "/", b"", *websocket[:2]),), frozenset({200})),
        Hostile("header: no host", (f"POST {PREDICT} HTTP/1.1\r\nContent-Length: 0\r\n\r\n".encode(),)),
        Hostile("header: no name", (f"POST {PREDICT} HTTP/1.1\r\n: s3cr3t\r\nContent-Length: 0\r\n\r\n".encode(),)),
        Hostile("header: no colon", (f"POST {PREDICT} HTTP/1.1\r\ns3cr3t\r\nContent-Length: 0\r\n\r\n".encode(),)),
        Hostile("header: zero byte", (b"GET / HTTP/1.1\r\nHost: x\r\nX-A: a\x00b\r\n\r\n",), frozenset({200, 400})),
        Hostile("header: folded", (b"GET / HTTP/1.1\r\nHost: x\r\nX-A: a\r\n b\r\n\r\n",), frozenset({200, 400})),
        Hostile(
            "header: space before colon", (b"GET / HTTP/1.1\r\nHost: x\r\nX-A : s3cr3t\r\n\r\n",), frozenset({200, 400})
        ),
    ]


def framing() -> list[Hostile]:
    """Where a request ends, and whether it is one."""
    body = GOOD.partition(b"\r\n\r\n")[2]
    start = f"POST {PREDICT} HTTP/1.1\r\nHost: x\r\n".encode()
    chunked = start + b"Transfer-Encoding: chunked\r\n\r\n"
    size = f"{len(body):x}".encode()
    closing = frozenset({400})
    either = frozenset({200, 400})
    return [
        Hostile("framing: noise", (bytes(range(256)) * 10,), closing),
        Hostile("framing: TLS", (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500),), closing),
        Hostile("framing: HTTP/2", (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(50),), frozenset({400, 404, 405, 505})),
        Hostile("framing: HTTP/9.9", (request("GET", "/", version="HTTP/9.9"),), frozenset({200, 400, 505})),
        Hostile("framing: HTTP/0.9", (b"GET /\r\n\r\n",), either),
        Hostile("framing: HTTP/1.0", (request("POST", PREDICT, body, version="HTTP/1.0"),), frozenset({200})),
        Hostile(
            "framing: new lines only", (GOOD.partition(b"\r\n\r\n")[0].replace(b"\r", b"") + b"\n\n" + body,), either
        ),
        Hostile("framing: SMTP", (b"EHLO s3cr3t\r\nMAIL FROM: <a@b>\r\n\r\n",), closing),
        Hostile(
            "framing: lengths that differ", (start + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\n" + body,), closing
        ),
        Hostile("framing: length negative", (start + b"Content-Length: -5\r\n\r\n",), closing),
        Hostile("framing: length text", (start + b"Content-Length: s3cr3t\r\n\r\n",), closing),
        Hostile("framing: length too large", (start + b"Content-Length: " + b"9" * 40 + b"\r\n\r\n",), closing),
        Hostile(
            "framing: length and chunks",
            (
                start
                + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"
                + size
                + b"\r\n"
                + body
                + b"\r\n0\r\n\r\n",
            ),
            either,
        ),
        Hostile("framing: chunks", (chunked, size + b"\r\n", body + b"\r\n", b"0\r\n\r\n"), frozenset({200})),
        Hostile(
            "framing: chunks of one byte",
            (chunked, *(b"1\r\n" + body[i : i + 1] + b"\r\n" for i in range(1000)), b"0\r\n\r\n"),
        ),
        Hostile("framing: chunk of bad size", (chunked + b"s3cr3t\r\n",), closing),
        Hostile("framing: chunk of negative size", (chunked + b"-5\r\n",), closing),
        Hostile("framing: chunk of huge size", (chunked + b"f" * 40 + b"\r\n",), closing),
        Hostile(
            "framing: chunks with a trailer",
            (chunked + size + b"\r\n" + body + b"\r\n0\r\nX-A: s3cr3t\r\n\r\n",),
            either,
        ),
        Hostile("framing: chunk extension", (chunked + size + b";s3cr3t=1\r\n" + body + b"\r\n0\r\n\r\n",), either),
        Hostile("framing: odd coding", (start + b"Transfer-Encoding: s3cr3t\r\n\r\n" + body,), closing),
        Hostile("framing: coding twice", (start + b"Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",), closing),
        Hostile("framing: byte by byte", (*(GOOD[i : i + 1] for i in range(300)), GOOD[300:]), frozenset({200})),
        Hostile("framing: leaves in the head", (GOOD[:60],), leaves=True),
        Hostile("framing: leaves in the body", (GOOD[:-100],), leaves=True),
        Hostile("framing: leaves in a chunk", (chunked + size + b"\r\n" + body[:100],), leaves=True),
        Hostile("framing: leaves before the answer", (GOOD,), leaves=True),
        Hostile("framing: leaves after many", (GOOD * 20,), leaves=True),
        Hostile("framing: says nothing", (), leaves=True),
    ]
