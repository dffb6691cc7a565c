"""Memory that stays with the process."""

import ctypes

# malloc.h of the GNU C library
M_TRIM_THRESHOLD = -1
M_MMAP_THRESHOLD = -3
LARGEST_KEPT = 16 * 2**20  # blocks above are whole photos, rare and large: those go back
MOST_KEPT = 128 * 2**20


def keep_freed_memory() -> None:
    """Has malloc keep what is freed instead of giving it back to the kernel.

    A forward pass frees and takes the same megabytes each time; to get them anew from the kernel, page by page, makes
    it a fifth slower. Does nothing where the C library is not GNU's.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt:
        mallopt(M_TRIM_THRESHOLD, MOST_KEPT)
        mallopt(M_MMAP_THRESHOLD, LARGEST_KEPT)
