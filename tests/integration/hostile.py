"""Requests that nobody means well with."""

import base64
import gzip
import io
import json
import struct
import zlib
from dataclasses import dataclass

from PIL import Image

from tests.integration.raw import INFER, PREDICT, post, request
from tests.unit.photos import encoded, landscape

SECRET = "s3cr3t"  # clients' data, that must not show in any answer
GOOD_JPEG = encoded(landscape(200, 150))
GOOD_TEXT = base64.b64encode(GOOD_JPEG).decode()
GOOD = post({"instances": [GOOD_TEXT]})
REFUSED = frozenset({400})


@dataclass(frozen=True)
class Hostile:
    """What is sent on a new connection, and which answers are right."""

    name: str
    pieces: tuple[bytes, ...]
    statuses: frozenset[int] = REFUSED
    is_head: bool = False
    leaves: bool = False  # the client closes the connection without waiting for an answer


def all_hostile() -> list[Hostile]:
    return [*v1_bodies(), *v1_values(), *photos(), *v2_bodies(), *methods_and_paths(), *headers(), *framing()]


def v1_bodies() -> list[Hostile]:
    """What is not JSON, or JSON of another kind."""
    bodies = {
        "empty": b"",
        "white space": b" " * 1000,
        "text": SECRET.encode(),
        "truncated": b'{"instances": [{"image": {"b64": "s3cr3t',
        "two values": b'{"instances": []}{"instances": []}',
        "trailing comma": b'{"instances": [],}',
        "single quotes": b"{'instances': ['s3cr3t']}",
        "comment": b'{"instances": /* s3cr3t */ []}',
        "byte order mark": b"\xef\xbb\xbf" + b'{"instances": ["s3cr3t"]}',
        "UTF-16": '{"instances": ["s3cr3t"]}'.encode("utf-16"),
        "bad UTF-8": b'{"instances": ["\xff\xfe\xc0\x80"]}',
        "lone surrogate": b'{"instances": ["\\ud800"]}',
        "zero byte": b'{"instances": ["\x00"]}',
        "escaped zero": b'{"instances": ["\\u0000"]}',
        "NaN": b'{"instances": [NaN]}',
        "infinity": b'{"instances": [-Infinity, 1e999]}',
        "huge number": b'{"instances": [' + b"9" * 100_000 + b"]}",
        "tiny number": b'{"instances": [0.' + b"0" * 100_000 + b"1]}",
        "deep lists": b"[" * 200_000,
        "deep closed lists": b"[" * 5000 + b"]" * 5000,
        "deep objects": b'{"instances":' * 50_000,
        "deep instance": b'{"instances": [' + b'{"image":' * 500 + b"1" + b"}" * 500 + b"]}",
        "null": b"null",
        "true": b"true",
        "number": b"7",
        "string": b'"s3cr3t"',
        "list": b'["s3cr3t"]',
        "empty object": b"{}",
        "other key": b'{"inputs": ["s3cr3t"]}',
        "many keys": json.dumps({f"s3cr3t{i}": i for i in range(20_000)}).encode(),
        "long key": b'{"' + b"s3cr3t" * 20_000 + b'": []}',
        "form": b"instances=s3cr3t&b64=s3cr3t",
        "XML": b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY s SYSTEM "file:///etc/passwd">]><a>&s;</a>',
        "pickle": b"\x80\x04\x95\x0b\x00\x00\x00\x00\x00\x00\x00\x8c\x06s3cr3t\x94.",
        "gzip": gzip.compress(b'{"instances": []}'),
        "the photo itself": GOOD_JPEG,
    }
    return [Hostile(f"body: {name}", (request("POST", PREDICT, body),)) for name, body in bodies.items()]


def v1_values() -> list[Hostile]:
    """JSON of the right kind with wrong values, at each level."""
    values: dict[str, object] = {
        "instances null": None,
        "instances string": SECRET,
        "instances number": 7,
        "instances object": {"0": SECRET},
        "instances true": True,
        "instances empty": [],
        "too many": [GOOD_TEXT] * 33,
        "far too many": [""] * 200_000,
        "instance null": [None],
        "instance number": [1.5],
        "instance true": [True],
        "instance list": [[GOOD_TEXT]],
        "instance empty object": [{}],
        "instance other key": [{SECRET: SECRET}],
        "image null": [{"image": None}],
        "image number": [{"image": 7}],
        "image list": [{"image": [GOOD_TEXT]}],
        "image empty": [{"image": {}}],
        "image in image": [{"image": {"image": {"b64": GOOD_TEXT}}}],
        "b64 null": [{"image": {"b64": None}}],
        "b64 number": [{"b64": 7}],
        "b64 list": [{"b64": [GOOD_TEXT]}],
        "b64 object": [{"b64": {"b64": GOOD_TEXT}}],
        "b64 empty": [{"b64": ""}],
        "not base64": [{"b64": SECRET + "!"}],
        "bad padding": [GOOD_TEXT[:-3]],
        "padding inside": ["AAA=" + GOOD_TEXT],
        "lines in base64": [GOOD_TEXT[:76] + "\n" + GOOD_TEXT[76:]],
        "data URI": ["data:image/jpeg;base64," + GOOD_TEXT],
        "web address": ["http://127.0.0.1/s3cr3t.jpg"],
        "file name": ["/etc/passwd"],
        "not ASCII": ["\u732b" * 1000],
        "full-width digits": ["\uff10\uff11\uff12\uff13"],
        "good then bad": [GOOD_TEXT, SECRET],
        "bad then good": [{"b64": None}, GOOD_TEXT],
        "empty image": [{"image": {"b64": ""}}],
    }
    refused = [Hostile(f"value: {name}", (post({"instances": value}),)) for name, value in values.items()]
    twice = b'{"instances": null, "instances": ["' + GOOD_TEXT.encode() + b'"]}'
    more = {"instances": [{"b64": GOOD_TEXT, "x": [SECRET] * 100}], "parameters": {"__class__": SECRET}}
    return [
        *refused,
        Hostile("value: key given twice", (request("POST", PREDICT, twice),), frozenset({200})),
        Hostile("value: more keys than needed", (post(more),), frozenset({200})),
    ]


def png(width: int, height: int, data: bytes, *extra: bytes, depth: int = 8, kind: int = 0) -> bytes:
    """A PNG that may say anything of itself."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, 0))
    others = b"".join(chunk(content[:4], content[4:]) for content in extra)
    return b"\x89PNG\r\n\x1a\n" + head + others + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def resized(jpeg: bytes, width: int, height: int) -> bytes:
    """A JPEG that says it is of another size."""
    place = jpeg.index(b"\xff\xc0") + 5
    return jpeg[:place] + struct.pack(">HH", height, width) + jpeg[place + 4 :]


def with_segment(jpeg: bytes, marker: int, content: bytes) -> bytes:
    return jpeg[:2] + struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content + jpeg[2:]


def photos() -> list[Hostile]:
    """Bytes that are no photo, a broken one, or a bomb; and odd ones that are right."""
    small = landscape(60, 40)
    lines = zlib.compress(bytes(1251 * 10_000))  # 10,000 × 10,000 black dots, one bit each
    scan = GOOD_JPEG.index(b"\xff\xda")
    progressive = encoded(small, progressive=True)
    last_scan = progressive[progressive.rindex(b"\xff\xda") : -2]
    bad = {
        "text": b"s3cr3t " * 100,
        "HTML": b"<html><img src=s3cr3t></html>",
        "SVG": b'<svg xmlns="http://www.w3.org/2000/svg" width="99999" height="99999"><text>s3cr3t</text></svg>',
        "PDF": b"%PDF-1.7 s3cr3t",
        "PostScript": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 99999 99999\n(s3cr3t) run\n",
        "ZIP": b"PK\x03\x04" + bytes(100),
        "one byte": b"\xff",
        "zeros": bytes(10_000),
        "JPEG magic only": b"\xff\xd8",
        "JPEG head only": GOOD_JPEG[:20],
        "JPEG without scan": GOOD_JPEG[:scan],
        "JPEG of markers": b"\xff\xd8" + b"\xff\xe0\x00\x02" * 20_000,
        "JPEG then noise": b"\xff\xd8\xff" + bytes(range(256)) * 50,
        "JPEG of no size": resized(GOOD_JPEG, 0, 0),
        "JPEG bomb": resized(GOOD_JPEG, 65_500, 65_500),
        "JPEG of no height": resized(GOOD_JPEG, 200, 0),
        "PNG bomb": png(10_000, 10_000, lines, depth=1),
        "PNG huge": png(2**31 - 1, 2**31 - 1, b""),
        "PNG of no size": png(0, 0, zlib.compress(b"")),
        "PNG without data": png(100, 100, b""),
        "PNG of bad data": png(100, 100, b"s3cr3t"),
        "PNG of bad kind": png(100, 100, zlib.compress(bytes(10_100)), kind=5),
        "PNG truncated": encoded(landscape(60, 40), "PNG")[:-500],
        "PNG text bomb": png(100, 100, b"", b"zTXts3cr3t\0\0" + zlib.compress(bytes(50_000_000))),
        "GIF bomb": b"GIF89a\xff\xff\xff\xff\x80\x00\x00" + bytes(6) + b",\0\0\0\0\xff\xff\xff\xff\0\x08\x01\0\0;",
        "GIF head only": b"GIF89a\x01\x00\x01\x00",
        "BMP bomb": b"BM" + struct.pack("<IIIIiiHHIIiiII", 54, 0, 54, 40, 60_000, 60_000, 1, 24, 0, 0, 0, 0, 0, 0),
        "BMP of negative size": b"BM" + struct.pack("<IIIIiiHHIIiiII", 54, 0, 54, 40, -5, 5, 1, 24, 0, 0, 0, 0, 0, 0),
        "WebP head only": b"RIFF\xff\xff\xff\x7fWEBPVP8 ",
        "WebP truncated": encoded(small, "WEBP")[:-100],
        "TIFF": encoded(small, "TIFF"),
        "PPM": b"P6 99999 99999 255 s3cr3t",
        "ICO": encoded(small, "ICO"),
        "JPEG without end marker": GOOD_JPEG[:-2],
        "twice base64": base64.b64encode(GOOD_JPEG),
    }
    right = {
        "one dot": encoded(landscape(1, 1), "PNG"),
        "very wide": encoded(Image.new("RGB", (20_000, 1))),
        "bytes behind it": GOOD_JPEG + b"s3cr3t" * 1000,
        "many scans": progressive[:-2] + last_scan * 300 + b"\xff\xd9",
        "huge comment": with_segment(GOOD_JPEG, 0xFE, b"s3cr3t" * 10_000),
        "EXIF of noise": with_segment(GOOD_JPEG, 0xE1, b"Exif\0\0" + bytes(range(256)) * 250),
        "EXIF in circles": with_segment(
            GOOD_JPEG, 0xE1, b"Exif\0\0II*\0\x08\0\0\0" + b"\x01\0\x69\x87\x04\0\x01\0\0\0" + b"\x08\0\0\0" * 2
        ),
        "EXIF of an odd turn": encoded(landscape(60, 40), exif=turned(9)),
        "ICC profile of noise": with_segment(GOOD_JPEG, 0xE2, b"ICC_PROFILE\0\x01\x01" + b"s3cr3t" * 1000),
        "CMYK": encoded(landscape(60, 40).convert("CMYK")),
        "animation": animation(),
    }
    either = {
        "JPEG cut short": GOOD_JPEG[: len(GOOD_JPEG) * 2 // 3],
        "JPEG of noise": GOOD_JPEG[: scan + 20] + bytes(i * 7919 % 251 for i in range(2000)) + b"\xff\xd9",
        "JPEG of another size": resized(GOOD_JPEG, 3000, 3000),
        "PNG of bad checksum": encoded(small, "PNG")[:-20] + bytes(20),
        "PNG of bad order": encoded(small, "PNG")[:40] + encoded(small, "PNG")[8:],
    }
    groups = [(bad, REFUSED), (right, frozenset({200})), (either, frozenset({200, 400}))]
    return [
        Hostile(f"photo: {name}", (post({"instances": [{"b64": base64.b64encode(data).decode()}]}),), statuses)
        for group, statuses in groups
        for name, data in group.items()
    ]


def turned(orientation: int) -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif


def animation() -> bytes:
    file = io.BytesIO()
    frames = [landscape(30, 20, seed) for seed in range(5)]
    frames[0].save(file, "GIF", save_all=True, append_images=frames[1:])
    return file.getvalue()


def v2_bodies() -> list[Hostile]:
    """The other protocol."""

    def tensor(**changes: object) -> dict:
        return {"inputs": [{"name": SECRET, "shape": [1], "datatype": "BYTES", "data": [GOOD_TEXT], **changes}]}

    def binary(data: bytes, length: str | None = None, **parameters: object) -> bytes:
        text = json.dumps(
            {"inputs": [{"name": SECRET, "shape": [1], "datatype": "BYTES", "parameters": parameters}]}
        ).encode()
        named = f"Inference-Header-Content-Length: {len(text) if length is None else length}"
        return request("POST", INFER, text + data, named, "Content-Type: application/octet-stream")

    bodies: dict[str, object] = {
        "list": [],
        "no inputs": {},
        "inputs object": {"inputs": {}},
        "input null": {"inputs": [None]},
        "two inputs": {"inputs": tensor()["inputs"] * 2},
        "ten thousand inputs": {"inputs": tensor(data=[])["inputs"] * 10_000},
        "no datatype": tensor(datatype=None),
        "odd datatype": tensor(datatype=SECRET),
        "numbers": tensor(datatype="FP32", data=[1.5]),
        "half floats": tensor(datatype="FP16", data=[1.5]),
        "shape too large": tensor(shape=[2**62, 2**62]),
        "shape negative": tensor(shape=[-1]),
        "shape of floats": tensor(shape=[1.0]),
        "shape of many ones": tensor(shape=[1] * 100_000),
        "shape nested": tensor(shape=[[1]]),
        "shape true": tensor(shape=[True]),
        "shape text": tensor(shape=SECRET),
        "no shape": tensor(shape=None),
        "data null": tensor(data=None),
        "data text": tensor(data=GOOD_TEXT),
        "data numbers": tensor(data=[7]),
        "data deep": {"inputs": [{**tensor()["inputs"][0], "data": json.loads("[" * 400 + "]" * 400)}]},
        "data wide and deep": tensor(data=[[[[GOOD_TEXT[:100]] * 50] * 50] * 50]),
        "data huge": tensor(data=[0] * 500_000, shape=[500_000]),
        "odd parameters": tensor(parameters=[SECRET]),
        "odd id": {**tensor(), "id": {"s3cr3t": 1}},
        "odd outputs": {**tensor(), "outputs": SECRET},
        "unknown output": {**tensor(), "outputs": [{"name": SECRET}]},
        "unhashable output": {**tensor(), "outputs": [{"name": [SECRET]}]},
        "binary without binary": tensor(data=None, parameters={"binary_data_size": 5}),
    }
    packed = struct.pack("<I", len(GOOD_JPEG)) + GOOD_JPEG
    binaries = {
        "element longer than all": binary(b"\xff\xff\xff\xff" + GOOD_JPEG, binary_data_size=len(GOOD_JPEG) + 4),
        "size negative": binary(packed, binary_data_size=-1),
        "size too large": binary(packed, binary_data_size=10**12),
        "size too small": binary(packed, binary_data_size=1),
        "size text": binary(packed, binary_data_size=SECRET),
        "size missing": binary(packed),
        "size of nothing": binary(b"", binary_data_size=0),
        "many empty elements": binary(bytes(400_000), binary_data_size=400_000),
        "length negative": binary(packed, "-5", binary_data_size=len(packed)),
        "length text": binary(packed, SECRET, binary_data_size=len(packed)),
        "length too large": binary(packed, "9" * 30, binary_data_size=len(packed)),
        "length empty": binary(packed, "", binary_data_size=len(packed)),
        "length of all": binary(packed, str(len(packed)), binary_data_size=len(packed)),
    }
    return [
        *(Hostile(f"V2: {name}", (post(body, INFER),)) for name, body in bodies.items()),
        *(Hostile(f"V2 binary: {name}", (whole,)) for name, whole in binaries.items()),
        Hostile("V2: NaN", (request("POST", INFER, b'{"inputs": [{"shape": [NaN]}]}'),)),
        Hostile("V2: deep", (request("POST", INFER, b'{"inputs":' + b"[" * 100_000),)),
        Hostile("V2: other model", (post(tensor(), f"/v2/models/{SECRET}/infer"),), frozenset({404})),
        Hostile("V2: other version", (post(tensor(), f"/v2/models/catdog/versions/{SECRET}/infer"),), frozenset({404})),
    ]


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
