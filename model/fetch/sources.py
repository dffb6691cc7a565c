"""Where photos come from: drawings, the Oxford-IIIT Pet data set, or a folder."""

import shutil
import tempfile
from pathlib import Path

from tqdm import tqdm

from model.contract.errors import Mistake
from model.fetch.sample import write_sample
from model.output import new_folder
from model.prepare.folders import find_photos


def fetch(source: str, out: Path, count: int = 600) -> None:
    """Makes the folder `out` with cat/ and dog/ in it; if it fails, there is no `out`.

    Args:
        source: "sample", "pets", or a folder with cat/ and dog/ in it.
        out: folder to make; if it exists it must be empty, also after an earlier run: people add photos to it.
        count: number of drawings of a sample.

    Raises:
        Mistake: `out` is not empty, there is no such folder, or the data set cannot be downloaded.
    """
    inputs = [] if source in ("sample", "pets") else [Path(source)]
    with new_folder(out, lambda _: False, inputs) as work:
        if source == "sample":
            write_sample(work, count)
        elif source == "pets":
            with tempfile.TemporaryDirectory(dir=out.parent) as download:
                fetch_pets(Path(download), work)
        else:
            _copy(Path(source), work)


def fetch_pets(download: Path, out: Path) -> None:
    """Fills `out`/cat and `out`/dog from torchvision's download, which may be in the folder `download` already."""
    from torchvision.datasets import OxfordIIITPet  # only here: slow to import

    for split in ("trainval", "test"):
        try:
            photos = OxfordIIITPet(download, split, target_types="binary-category", download=True)
        except (OSError, RuntimeError) as error:
            raise Mistake(f"the Oxford-IIIT Pet data set cannot be downloaded ({error})") from None
        for path, label in zip(photos._images, photos._bin_labels, strict=True):  # its __getitem__ decodes the photos
            target = out / ("cat", "dog")[label]
            target.mkdir(exist_ok=True)
            shutil.move(path, target / path.name)


def _copy(folder: Path, out: Path) -> None:
    for path, _ in tqdm(find_photos(folder).photos, "copy", unit=" photos"):
        target = out / path.relative_to(folder)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
