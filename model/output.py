"""Outputs of the commands: written whole or not at all, and never over anything but what the same command made.

A folder or a file that is there already is replaced only if its content says that the same command wrote it. A mark in
it or beside it would say less: DVC hashes what is inside, and restores nothing that stands beside.
"""

import os
import shutil
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from model.contract.errors import Mistake
from model.unfinished import exchange, unfinished

Recognise = Callable[[Path], bool]  # whether the content of a folder or a file is what a command writes
NOBODYS = {".DS_Store"}  # left by file managers
KEEP_IT = "name another one, or move it away"


@contextmanager
def new_folder(path: Path, is_own: Recognise, inputs: Sequence[Path]) -> Iterator[Path]:
    """Gives an empty folder to fill; it replaces `path` if the block succeeds, and is removed if it raises.

    Args:
        path: folder to make.
        is_own: whether a folder holds what an earlier run of the command made, and nothing else.
        inputs: files and folders that the command reads.

    Raises:
        Mistake: as `check_folder`, or `path` cannot be written.
    """
    check_folder(path, is_own, inputs)
    place = path.resolve()
    with _begin(path, place, Path.mkdir) as work:
        try:
            yield work
            check_folder(path, is_own, inputs)  # somebody may have used it meanwhile
            with _writing(path):
                exchange(work, place)
        except BaseException:
            shutil.rmtree(work, ignore_errors=True)
            raise


@contextmanager
def new_file(path: Path, is_own: Recognise, inputs: Sequence[Path]) -> Iterator[Path]:
    """Gives the name of a file to write; it replaces `path` if the block succeeds, and is removed if it raises.

    Args:
        path: file to make.
        is_own: whether a file is one that an earlier run of the command made.
        inputs: files and folders that the command reads.

    Raises:
        Mistake: as `check_file`, or `path` cannot be written.
    """
    check_file(path, is_own, inputs)
    with whole_file(path) as work:
        yield work
        check_file(path, is_own, inputs)


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """The same for a file that the caller knows to be its own: no reader ever finds half of it.

    Raises:
        Mistake: `path` cannot be written.
    """
    place = path.resolve()
    with _begin(path, place, Path.touch) as work:
        try:
            yield work
            with _writing(path):
                work.replace(place)
        finally:
            work.unlink(missing_ok=True)


def check_folder(path: Path, is_own: Recognise, inputs: Sequence[Path]) -> None:
    """Says whether a command may make the folder `path`, or replace it.

    Raises:
        Mistake: it is a link or a file, lies in an input, contains one, is the current folder or the home folder or
            contains it, or holds something that the command did not make.
    """
    _refuse_links_and_inputs(path, inputs)
    place = path.resolve()  # "new/.." is somewhere also where there is no "new"
    if not place.exists():
        return
    if not place.is_dir():
        raise Mistake(f"the output {path} is a file and not a folder: {KEEP_IT}")
    for used, what in ((Path.cwd(), "current"), (Path.home(), "home")):
        if _is_within(used, place):
            raise Mistake(f"the output {path} is the {what} folder or contains it: name another one")
    with _writing(path):
        if _names(place) and not is_own(place):
            raise Mistake(f"the output {path} holds files that are not this command's to replace: {KEEP_IT}")


def check_file(path: Path, is_own: Recognise, inputs: Sequence[Path]) -> None:
    """Says whether a command may make the file `path`, or replace it.

    Raises:
        Mistake: it is a link or a folder, is an input or lies in one, or is a file that the command did not make.
    """
    _refuse_links_and_inputs(path, inputs)
    place = path.resolve()
    if place.is_dir():
        raise Mistake(f"the output {path} is a folder and not a file: name a file in it")
    with _writing(path):
        if place.exists() and not (place.is_file() and is_own(place)):
            raise Mistake(f"the output {path} exists, and this command did not make it: {KEEP_IT}")


def holds_only(folder: Path, names: Collection[str]) -> bool:
    """Whether all that is in the folder are ordinary files with some of these names."""
    entries = [folder / name for name in _names(folder)]
    return all(entry.name in names and entry.is_file() and not entry.is_symlink() for entry in entries)


def holds_all(folder: Path, names: Collection[str]) -> bool:
    """Whether the folder has ordinary files with these names, and nothing else."""
    return holds_only(folder, names) and _names(folder) == set(names)


def _names(folder: Path) -> set[str]:
    return {entry.name for entry in folder.iterdir()} - NOBODYS


def _refuse_links_and_inputs(path: Path, inputs: Sequence[Path]) -> None:
    if path.is_symlink():
        raise Mistake(f"the output {path} is a link: name what it leads to, or another place")
    resolved = path.resolve()
    above = next((parent for parent in resolved.parents if parent.exists()), resolved)
    if not above.is_dir():
        raise Mistake(f"the output {path} lies in {above}, which is a file: name another place")
    for source in inputs:
        # the classes in a folder of photos may be links to folders elsewhere
        links = [child for child in source.iterdir() if child.is_symlink()] if source.is_dir() else []
        for place in (source, *links):
            if _is_within(resolved, place):
                where = "is" if resolved.exists() and resolved.samefile(place) else "lies in"
                raise Mistake(f"the output {path} {where} the input {place}: name another place")
            if _is_within(place, resolved):
                raise Mistake(f"the output {path} contains the input {place}: name another place")


def _is_within(inner: Path, outer: Path) -> bool:
    """Whether `inner` is `outer` or lies in it; neither links nor letters' case, where it is all one, hide that."""
    if not outer.exists():
        return False
    resolved = inner.resolve()
    return any(place.exists() and place.samefile(outer) for place in (resolved, *resolved.parents))


@contextmanager
def _begin(path: Path, place: Path, make: Callable[[Path], object]) -> Iterator[Path]:
    with ExitStack() as stack:
        with _writing(path):
            place.parent.mkdir(parents=True, exist_ok=True)
            work = stack.enter_context(unfinished(place, make))
        yield work


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise Mistake(f"the output {path} cannot be written: {os.strerror(error.errno or 0)}") from None
