"""Where photos come from: drawings, the Oxford-IIIT Pet data set, a folder, or a zip archive of one."""

import shutil
from pathlib import Path

from tqdm import tqdm

from model.contract.errors import Mistake
from model.fetch.archives import unpack
from model.fetch.copies import Copies
from model.fetch.sample import write_sample
from model.output import new_folder
from model.prepare.folders import find_photos
from model.prepare.walk import Skipped

SPECIES = ("cat", "dog")  # in the order of torchvision's labels
UNPACKED = ".unpacked"  # in the folder that is being made


def fetch(source: str, out: Path, count: int = 600, classes: int = 2) -> list[Skipped]:
    """Makes the folder `out` with a folder of photos for each class in it; if it fails, there is no `out`.

    Args:
        source: "sample", "pets", a folder in one of the layouts of model.prepare.folders, or a zip archive of one.
        out: folder to make; if it exists it must be empty, also after an earlier run: people add photos to it.
        count: number of drawings of a sample.
        classes: number of classes of a sample.

    Returns:
        The files and folders of `source` that were left out.

    Raises:
        Mistake: `out` is not empty, there is no such folder, or the data set cannot be downloaded or unpacked.
    """
    inputs = [] if source in ("sample", "pets") else [Path(source)]
    with new_folder(out, lambda _: False, inputs) as work:
        if source == "sample":
            write_sample(work, count, classes)
            return []
        if source != "pets" and not Path(source).is_file():
            return _copy(Path(source), work)
        unpacked = work / UNPACKED
        unpacked.mkdir()
        if source == "pets":
            fetch_pets(unpacked, work)
            skipped = []
        else:
            unpack(Path(source), unpacked)
            skipped = _copy(unpacked, work, Path(source))
        shutil.rmtree(unpacked)
        return skipped


def fetch_pets(download: Path, out: Path) -> None:
    """Fills `out`/cat and `out`/dog from torchvision's download, which may be in the folder `download` already."""
    from torchvision.datasets import OxfordIIITPet  # only here: slow to import

    for split in ("trainval", "test"):
        try:
            photos = OxfordIIITPet(download, split, target_types="binary-category", download=True)
        except (OSError, RuntimeError) as error:
            raise Mistake(f"the Oxford-IIIT Pet data set cannot be downloaded ({error})") from None
        for path, label in zip(photos._images, photos._bin_labels, strict=True):  # its __getitem__ decodes the photos
            target = out / SPECIES[label]
            target.mkdir(exist_ok=True)
            shutil.move(path, target / path.name)


def _copy(folder: Path, out: Path, archive: Path | None = None) -> list[Skipped]:
    """Copies what is in a folder, or in a folder that an archive was unpacked into, which messages then name."""
    try:
        found = find_photos(folder)
    except Mistake as mistake:
        raise Mistake(str(mistake).replace(str(folder), str(archive or folder))) from None
    copies = Copies(folder, out)
    for path, label in tqdm(found.photos, "copy", unit=" files"):
        copies.add(path, label)
    skipped = found.skipped + copies.unreadable
    return [Skipped(path.relative_to(folder), kind, reason) for path, kind, reason in skipped]
