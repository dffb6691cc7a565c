"""Who may ask for predictions: those who send one of the keys in a file, which a mounted Secret can be."""

import hmac
import os
import re
import sys
import time
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

from model.contract.errors import Mistake
from predictor.errors import NO_KEY, Refused

KEY = re.compile(rb"[A-Za-z0-9._~+/=-]{16,}")  # what the header may hold (RFC 6750), and too long to be guessed
MOST_KEYS = 1000  # each request is compared with all of them
LOOK_SECONDS = 1.0  # from one look at the file to the next
OWN_KEY_FILE = "SERVING_KEY_FILE"  # variable of clients

Version = tuple[int, int, int]  # of a file: modification time, inode, size


class Keys:
    """The keys of a file; when the file changes, it is read again.

    Args:
        path: one key a line.

    Raises:
        Mistake: the file cannot be read, or has no key, or something else.
    """

    def __init__(self, path: Path):
        self._path = path
        self._version = _version_of(path)
        self._digests = _digests_of(path)
        self._next_look = time.monotonic() + LOOK_SECONDS

    def allow(self, authorization: bytes) -> bool:
        """Whether a header `authorization` has one of the keys.

        Digests have one length, and all are compared: the time tells nothing of a key, or of which one it was.
        """
        scheme, _, key = authorization.strip().partition(b" ")
        digest = sha256(key.strip()).digest()
        found = 0
        for known in self._current():
            found += hmac.compare_digest(digest, known)
        return found > 0 and scheme.lower() == b"bearer"

    def refusal(self, authorization: bytes) -> Refused | None:
        """What to answer (401) where the header has none of the keys; None where it has one."""
        return None if self.allow(authorization) else Refused(401, NO_KEY, [(b"www-authenticate", b"Bearer")])

    def _current(self) -> list[bytes]:
        """The digests; after a change that makes no sense, those of before: half a file must not shut everybody out."""
        now = time.monotonic()
        if now >= self._next_look:
            self._next_look = now + LOOK_SECONDS
            if (version := _version_of(self._path)) != self._version:
                self._version = version
                try:
                    self._digests = _digests_of(self._path)
                except Mistake as mistake:
                    print(f"warning: {mistake}; the keys of before stay", file=sys.stderr, flush=True)
        return self._digests


def read_keys(path: Path) -> list[bytes]:
    """The keys of a file.

    Args:
        path: one key a line; empty lines are none.

    Raises:
        Mistake: the file cannot be read, or has no key, too many, or something else. No sentence has a part of a key.
    """
    try:
        lines = [line.strip() for line in path.read_bytes().splitlines()]
    except OSError as error:
        raise Mistake(f"the keys in {path} cannot be read: {error.strerror}") from None
    for number, line in enumerate(lines, 1):
        if line and not KEY.fullmatch(line):
            raise Mistake(f"line {number} of {path} is no key: it needs 16 or more of A-Z a-z 0-9 . _ ~ + / = -")
    keys = [line for line in lines if line]
    if not 0 < len(keys) <= MOST_KEYS:
        raise Mistake(f"{path} has {len(keys):,} keys: it needs 1 to {MOST_KEYS:,}, one a line")
    return keys


def own_headers(environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """What a client sends with its requests: the first key of the file that SERVING_KEY_FILE names, if it names one.

    Raises:
        Mistake: as `read_keys`.
    """
    path = environment.get(OWN_KEY_FILE)
    return {"Authorization": f"Bearer {read_keys(Path(path))[0].decode()}"} if path else {}


def _digests_of(path: Path) -> list[bytes]:
    return [sha256(key).digest() for key in read_keys(path)]


def _version_of(path: Path) -> Version | None:
    """None where the file is missing."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_ino, status.st_size
