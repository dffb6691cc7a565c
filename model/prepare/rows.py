"""Arrays on disk, written and read row by row: they may be larger than memory, and what was read is not kept in it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from model.contract.errors import Mistake


class Rows:
    """A .npy file as numpy writes it, of which only the rows that are asked for are read.

    Args:
        path: the file.

    Raises:
        FileNotFoundError: there is no such file.
        Mistake: it is not a .npy file of rows in C order.
    """

    def __init__(self, path: Path):
        self.path = path
        try:
            mapped = np.load(path, mmap_mode="r")
            self.shape, self.dtype, self.start = mapped.shape, mapped.dtype, mapped.offset
        except (ValueError, EOFError, AttributeError):
            raise Mistake(f"{path} is damaged: make its folder anew") from None

    def __len__(self) -> int:
        return int(self.shape[0])

    def __getitem__(self, chosen: np.ndarray) -> np.ndarray:
        """The rows at these indices (int [N]), in that order, as an array of its own."""
        rows = np.empty((len(chosen), *self.shape[1:]), self.dtype)
        with self.path.open("rb", buffering=0) as file:
            for row, index in zip(rows, chosen, strict=True):
                file.seek(self.start + int(index) * row.nbytes)
                if file.readinto(row.data.cast("B")) != row.nbytes:
                    raise Mistake(f"{self.path} is cut short: make its folder anew")
        return rows


class RowWriter:
    """Takes rows for a file, one array after the other."""

    def __init__(self, path: Path, shape: tuple[int, ...], dtype: type):
        self.file = path.open("xb")
        header = {"descr": np.lib.format.dtype_to_descr(np.dtype(dtype)), "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(self.file, header)

    def write(self, rows: np.ndarray) -> None:
        """Appends rows (of the file's type)."""
        self.file.write(np.ascontiguousarray(rows).data)


@contextmanager
def new_rows(path: Path, shape: tuple[int, ...], dtype: type) -> Iterator[RowWriter]:
    """A .npy file of this shape, to be filled from its first row to its last."""
    writer = RowWriter(path, shape, dtype)
    with writer.file:
        yield writer
