"""V1 bodies that are not JSON, JSON of another form, or JSON with wrong values."""

import gzip
import json

from tests.integration.hostile.case import GOOD_JPEG, GOOD_TEXT, SECRET, Hostile
from tests.integration.raw import PREDICT, post, request

RIGHT = frozenset({200})


def v1_bodies() -> list[Hostile]:
    """Bodies that are not JSON, or JSON of another form."""
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
        "gzip": gzip.compress(b'{"instances": []}', mtime=0),
        "the photo itself": GOOD_JPEG,
    }
    return [Hostile(f"body: {name}", (request("POST", PREDICT, body),)) for name, body in bodies.items()]


def v1_values() -> list[Hostile]:
    """JSON of the right form with wrong values, at each level."""
    refused = {**wrong_instances(), **wrong_base64()}
    twice = b'{"instances": null, "instances": ["' + GOOD_TEXT.encode() + b'"]}'
    more = {"instances": [{"b64": GOOD_TEXT, "x": [SECRET] * 100}], "parameters": {"__class__": SECRET}}
    return [
        *(Hostile(f"value: {name}", (post({"instances": value}),)) for name, value in refused.items()),
        Hostile("value: lines in base64", (post({"instances": [GOOD_TEXT[:76] + "\n" + GOOD_TEXT[76:]]}),), RIGHT),
        Hostile("value: data URI", (post({"instances": ["data:image/jpeg;base64," + GOOD_TEXT]}),), RIGHT),
        Hostile("value: key given twice", (request("POST", PREDICT, twice),), RIGHT),
        Hostile("value: more keys than needed", (post(more),), RIGHT),
    ]


def wrong_instances() -> dict[str, object]:
    return {
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
    }


def wrong_base64() -> dict[str, object]:
    return {
        "b64 null": [{"image": {"b64": None}}],
        "b64 number": [{"b64": 7}],
        "b64 list": [{"b64": [GOOD_TEXT]}],
        "b64 object": [{"b64": {"b64": GOOD_TEXT}}],
        "b64 empty": [{"b64": ""}],
        "not base64": [{"b64": SECRET + "!"}],
        "bad padding": [GOOD_TEXT[:-3]],
        "padding inside": ["AAA=" + GOOD_TEXT],
        "data URI without base64": ["data:image/jpeg," + GOOD_TEXT],
        "data URI of nothing": ["data:image/jpeg;base64"],
        "data URI in a data URI": ["data:;base64,data:;base64," + GOOD_TEXT],
        "web address": ["http://127.0.0.1/s3cr3t.jpg"],
        "file name": ["/etc/passwd"],
        "not ASCII": ["\u732b" * 1000],
        "full-width digits": ["\uff10\uff11\uff12\uff13"],
        "good then bad": [GOOD_TEXT, SECRET],
        "bad then good": [{"b64": None}, GOOD_TEXT],
        "empty image": [{"image": {"b64": ""}}],
    }
