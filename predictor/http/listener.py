"""The end of a listening socket, without a reset for those whom the kernel has accepted."""

import ctypes
import socket
import struct
import sys

SO_ATTACH_FILTER = 26  # asm-generic/socket.h
SYN, SYN_ACK = 0x02, 0x12

# classic BPF, linux/filter.h; a listener's filter sees segments from the TCP header on, whose flags are byte 13
PROGRAM = (
    (0x30, 0, 0, 13),  # load byte 13
    (0x54, 0, 0, SYN_ACK),  # keep the flags SYN and ACK
    (0x15, 1, 0, SYN),  # SYN alone: the last line
    (0x06, 0, 0, 0xFFFFFFFF),  # take it
    (0x06, 0, 0, 0),  # drop it
)


def stop_handshakes(listener: socket.socket) -> None:
    """From now on the kernel begins no connection; those under way still end, and can be accepted.

    Closing a listener resets all that nobody has accepted yet. A client whose SYN is dropped sends it again a second
    later, and is then refused. Needs no privilege, and Linux: elsewhere it does nothing.
    """
    if sys.platform != "linux":
        return
    instructions = b"".join(struct.pack("HBBI", *instruction) for instruction in PROGRAM)
    buffer = ctypes.create_string_buffer(instructions, len(instructions))
    listener.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, struct.pack("HP", len(PROGRAM), ctypes.addressof(buffer)))
