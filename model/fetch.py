"""Gets photos of cats and dogs into one folder, `OUT/cat` and `OUT/dog`.

python -m model.fetch sample OUT    drawings made by code, see model.sample: works without a network
python -m model.fetch pets OUT      the Oxford-IIIT Pet data set (Parkhi et al. 2012), 7,349 photos, 800 MB
python -m model.fetch FOLDER OUT    copies of the photos in FOLDER/cat and FOLDER/dog
"""

import argparse
import shutil
import tempfile
from pathlib import Path

from tqdm import tqdm

from model.command import new_folder, run
from model.contract.classes import CLASSES
from model.contract.errors import Mistake
from model.prepare import find_photos
from model.sample import write_sample


def fetch(source: str, out: Path, count: int = 600) -> None:
    """Fills the new folder `out`, or leaves nothing behind.

    Args:
        source: "sample", "pets", or a folder with cat/ and dog/ in it.
        out: folder to make; it must not exist, so that photos are never lost.
        count: how many drawings make a sample.

    Raises:
        Mistake: `out` exists, there is no such folder, or the data set cannot be downloaded.
    """
    if out.exists():
        raise Mistake(f"{out} exists already: remove it first, or name another folder")
    with new_folder(out) as work:
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
        for path, label in zip(photos._images, photos._bin_labels, strict=True):  # its __getitem__ would decode them
            target = out / CLASSES[label]
            target.mkdir(exist_ok=True)
            shutil.move(path, target / path.name)


def _copy(folder: Path, out: Path) -> None:
    for path, _ in tqdm(find_photos(folder), "copy", unit=" photos"):
        target = out / path.relative_to(folder)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m model.fetch", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("source", help="sample, pets, or a folder with cat/ and dog/ in it")
    parser.add_argument("out", type=Path, help="folder to make")
    parser.add_argument("--count", type=int, default=600, help="number of drawings of a sample (default: %(default)s)")
    args = parser.parse_args()
    fetch(args.source, args.out, args.count)
    counts = (f"{sum(1 for _ in (args.out / label).rglob('*.*')):,} of a {label}" for label in CLASSES)
    print(f"{args.out}: {', '.join(counts)}")


if __name__ == "__main__":
    run(main)
