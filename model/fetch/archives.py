"""Unpacks zip archives, also those that are packed in one another, as Kaggle's are."""

import zipfile
import zlib
from pathlib import Path

from tqdm import tqdm

from model.contract.errors import Mistake


def unpack(archive: Path, folder: Path) -> None:
    """Unpacks a zip archive into a folder, and each archive in it into a folder that is called like it.

    Raises:
        Mistake: it is not a zip archive, is damaged or encrypted, or there is no room for what is in it.
    """
    try:
        with zipfile.ZipFile(archive) as packed:
            for member in tqdm(packed.infolist(), f"unpack {archive.name}", unit=" files"):
                packed.extract(member, folder)  # drops what leads out of the folder, such as ..
    except zipfile.BadZipFile:
        raise Mistake(f"{archive} is neither a folder nor a zip archive, or is damaged") from None
    except (NotImplementedError, EOFError, zlib.error) as error:
        raise Mistake(f"{archive} cannot be unpacked: {error}") from None
    except RuntimeError:  # whose text has the whole entry in it
        raise Mistake(f"{archive} cannot be unpacked: it is encrypted") from None
    except OSError as error:
        raise Mistake(f"{archive} cannot be unpacked: {error.strerror or error}") from None
    for inner in sorted(folder.rglob("*.zip")):
        if inner.is_file():
            unpack(inner, inner.with_suffix(""))
            inner.unlink()
