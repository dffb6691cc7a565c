"""Compressed bodies (Content-Encoding: gzip, RFC 9110 section 8.4), within the same bounds as plain ones."""

import zlib

from predictor.errors import Refused

GZIP = (b"gzip", b"x-gzip")
PLAIN = (b"", b"identity")
GZIP_HEAD = 16 + zlib.MAX_WBITS  # of zlib: a stream with the head and the checksum of gzip


def plain_body(body: bytes, coding: bytes, limit: int) -> bytes:
    """The body as it was before it was compressed.

    Args:
        body: as it arrived.
        coding: the header content-encoding.
        limit: most bytes that it may have in the end.

    Raises:
        Refused: 413, it has more than `limit` bytes; 415, another coding; 400, it is not gzip, or damaged.
    """
    name = coding.strip().lower()
    if name in PLAIN:
        return body
    if name not in GZIP:
        raise Refused(
            415,
            "the body's content-encoding is not gzip, which is the one that is read",
            [(b"accept-encoding", b"gzip")],
        )
    stream = zlib.decompressobj(GZIP_HEAD)
    try:
        plain = stream.decompress(body, limit + 1)
    except zlib.error:
        raise Refused(400, "the body is not gzip, or it is damaged") from None
    if len(plain) > limit:
        raise Refused(413, f"the body has more than the limit of {limit:,} bytes when it is decompressed")
    if not stream.eof:
        raise Refused(400, "the body's gzip is cut short")
    if stream.unused_data:
        raise Refused(400, "something comes behind the body's gzip")
    return plain
