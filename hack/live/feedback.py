"""How many of the live answers were right: joins the request log with labels that people gave later.

  hack/feedback LOG... CSV                                   live accuracy by revision and model version
  hack/feedback LOG... CSV --photos KEPT --into data/photos  and makes training data of the kept photos
  kubectl -n NAMESPACE logs -l app=isvc.NAME-predictor -c kserve-container --tail -1 | hack/feedback - CSV

LOG is JSON lines, as the predictor writes them to stdout or to --log_file; several files are taken together. CSV has
the columns id and label. The id is the x-request-id of the request, which every answer has as a header; the photos of a
request with several are ID-0, ID-1, and so on. Ids that are not found, doubled or malformed are counted and left out.

With --photos, the photos that the predictor kept (--keep_photos) and whose label is known are copied to INTO/CLASS.
Where INTO has classes already, it gets no new one. DVC must then be told of them: the command is printed, or run with
--add. The accuracy is that of the labelled photos: if people label unsure answers first, it is lower than that of all.
"""

import shlex
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from hack.delivery.command import PROJECT, CommandError, Parser, run, say
from hack.live.joined import join, notes, table
from hack.live.kept import check_folders, copy_labelled
from hack.live.labels import read_labels
from hack.live.request_log import read_logs, request_ids


def main(arguments: Sequence[str] | None = None) -> int:
    """Parses the command line; returns the exit status."""
    parser = Parser("feedback", __doc__)
    parser.add_argument("logs", nargs="+", type=Path, metavar="LOG", help="request log, JSON lines; - for stdin")
    parser.add_argument("labels", type=Path, metavar="CSV", help="labels that came later: id,label")
    parser.add_argument("--photos", type=Path, metavar="KEPT", help="the folder of the predictor's --keep_photos")
    parser.add_argument("--into", type=Path, metavar="FOLDER", help="where labelled photos go, FOLDER/CLASS")
    parser.add_argument("--add", action="store_true", help="runs `dvc add FOLDER`, too")
    options = parser.parse_args(arguments)
    if (options.photos is None) != (options.into is None):
        raise CommandError("--photos and --into belong together", "hack/feedback --help")
    if options.add and options.into is None:
        raise CommandError("--add needs --photos and --into", "hack/feedback --help")
    if options.photos:
        check_folders(options.photos, options.into)
    labels = read_labels(options.labels)
    log = read_logs(options.logs, request_ids(labels.by_id))
    joined = join(log, labels)
    if joined.photos:
        print(*table(joined), sep="\n")
    for note in notes(joined, log, labels):
        say(note)
    if not joined.photos:
        raise CommandError(f"no id of {options.labels} is in the log with one answer", "Is it the log of that time?")
    if options.photos:
        copied = copy_labelled(options.photos, joined.labels, options.into)
        print(*copied.sentences(options.into), sep="\n")
        tell_dvc(options.into, options.add)
    return 0


def tell_dvc(folder: Path, run_it: bool) -> None:
    """Says which command versions the folder, or runs it; raises CommandError if that fails."""
    if not run_it:
        print(f"to train on them: dvc add {shlex.quote(str(folder))} && git add {shlex.quote(f'{folder}.dvc')}")
        return
    own = PROJECT / ".venv/bin/dvc"
    program = str(own) if own.exists() else shutil.which("dvc")
    if program is None:
        raise CommandError("dvc is missing", "hack/install installs it")
    if subprocess.run([program, "add", folder], stdout=sys.stderr, check=False).returncode:
        raise CommandError(f"dvc add {folder} fails", "See above.")


if __name__ == "__main__":
    run(main)
