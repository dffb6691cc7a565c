"""Names of files as one line of UTF-8, for tables and messages: a name on disk may be any bytes."""

import os
import re


def escaped(name: str) -> str:
    r"""A file's name that can be written anywhere, and read back by `unescaped`.

    Bytes that are not UTF-8 and characters that cannot be printed, such as line ends, become `\xNN`, one for each
    byte; a backslash becomes two. All other names stay as they are.
    """
    return "".join(map(_escaped, name))


def unescaped(text: str) -> str:
    """The name that `escaped` was given."""
    parts = re.split(rb"\\(\\|x[0-9a-f]{2})", text.encode())
    parts[1::2] = [b"\\" if part == b"\\" else bytes.fromhex(part[1:].decode()) for part in parts[1::2]]
    return os.fsdecode(b"".join(parts))


def _escaped(character: str) -> str:
    if character == "\\":
        return "\\\\"
    if character.isprintable():
        return character
    return "".join(f"\\x{byte:02x}" for byte in os.fsencode(character))
