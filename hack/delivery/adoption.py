"""What hack/adopt changes in a working copy, and what it finds of an earlier adoption."""

import re
from pathlib import Path

from hack.delivery.command import CommandError
from hack.delivery.environments import STAGING_FILE
from hack.delivery.git import WorkingCopy
from hack.delivery.team_names import check_plain
from model.settings import FILE, parse_settings

TEXTS = ("README.md", "predictor/README.md", "manifests/monitoring/runbook.md")
SUBJECT = "Adopt the project as"
ADDRESSES = ("BROWSE_URL", "REPO_URL", "REPO_PAGE", "IMAGE")


def write_settings(text: str, changes: dict[str, str]) -> str:
    """The text of settings.env with other values; comments and order stay.

    Raises:
        CommandError: a value is not plain.
    """
    for name, value in changes.items():
        check_plain(value, name)
    lines = text.splitlines(keepends=True)
    names = [line.partition("=")[0] for line in lines]
    return "".join(
        f"{name}={changes[name]}\n" if name in changes else line for name, line in zip(names, lines, strict=True)
    )


def rename(text: str, old: dict[str, str], new: dict[str, str]) -> str:
    """A text for people with other names in it; what has the new names already stays as it is."""

    def either(name: str) -> str:
        return f"(?:{re.escape(new[name])}|{re.escape(old[name])})"

    addresses = {new[name]: new[name] for name in ADDRESSES} | {old[name]: new[name] for name in ADDRESSES}
    longest_first = sorted(addresses, key=len, reverse=True)
    before = r"(?:(?<=-n )|(?<=namespace )|(?<=namespace `))" if old["NAME"] == old["NAMESPACE"] else r"\b"
    patterns = [
        f"(?P<address>{'|'.join(map(re.escape, longest_first))})",
        rf"(?P<namespace>{before}{either('NAMESPACE')}\b)",
        rf"(?P<name>(?<![\w/]){either('NAME')}(?![\w.])|(?<=/){either('NAME')}\b)",
    ]
    if new["NAMESPACE"] != old["NAME"]:  # it may have the old name within it
        patterns.insert(2, rf"(?P<same>\b{re.escape(new['NAMESPACE'])}\b)")

    def renamed(found: re.Match[str]) -> str:
        words = {"address": addresses.get(found[0], ""), "namespace": new["NAMESPACE"], "name": new["NAME"]}
        return words.get(found.lastgroup or "", found[0])

    return re.sub("|".join(patterns), renamed, text)


def find_adoptions(copy: WorkingCopy) -> list[str]:
    """The commits that adopted this copy and are not reverted, newest first."""
    found, reverts = [], 0
    for line in copy.git("log", "--format=%h %s", f"--grep={SUBJECT}").splitlines():
        commit, _, subject = line.partition(" ")
        if subject.startswith(f'Revert "{SUBJECT}'):
            reverts += 1
        elif subject.startswith((SUBJECT, f'Reapply "{SUBJECT}', f'Revert "Revert "{SUBJECT}')):
            if reverts:
                reverts -= 1
            else:
                found.append(commit)
    return found


def check_same(adoptions: list[str], now: dict[str, str], changes: dict[str, str]) -> None:
    """Raises CommandError where a copy that is adopted shall get other names: its texts have too few marks of them."""
    others = [name for name in ("NAME", "NAMESPACE", "IMAGE", "REPO_URL") if now[name] != changes[name]]
    if adoptions and others:
        differs = ", ".join(f"{name}={now[name]}" for name in others)
        said = f"this is {now['NAME']} already, by commit {adoptions[-1]}, with {differs}"
        raise CommandError(said, f"git revert {' '.join(adoptions)} first")


def check_identity(copy: WorkingCopy) -> None:
    """Raises CommandError if git cannot commit, because it does not know who does."""
    if not all(copy.succeeds("var", f"GIT_{who}_IDENT") for who in ("AUTHOR", "COMMITTER")):
        hint = 'git config --global user.name "YOUR NAME" && git config --global user.email YOU@example.com'
        raise CommandError("git does not know who commits", hint)


def adopt(copy: WorkingCopy, changes: dict[str, str]) -> bool:
    """Writes the settings and the texts, and commits them; returns whether there was anything to change.

    Raises:
        CommandError: the working copy has changes that are not committed, has other names by an earlier adoption, or
            cannot be committed; then it is as it was.
    """
    if copy.git("status", "--porcelain"):
        raise CommandError(f"{copy} has changes that are not committed", "Commit or stash them: git status")
    check_identity(copy)
    files = {name: copy.folder / name for name in (FILE, STAGING_FILE, *TEXTS)}
    before = {name: file.read_bytes() for name, file in files.items()}
    old, adoptions = parse_settings(before[FILE].decode()), find_adoptions(copy)
    check_same(adoptions, old, changes)
    # later commits of the project that was cloned bring its names again
    first = parse_settings((copy.read_file(f"{adoptions[-1]}~", FILE) or b"").decode()) if adoptions else {}
    write(files, old | first, old, changes)
    if all(file.read_bytes() == before[name] for name, file in files.items()):
        return False
    copy.commit([f"{SUBJECT} {changes['NAME']}"], list(files))
    return True


def write(files: dict[str, Path], first: dict[str, str], old: dict[str, str], changes: dict[str, str]) -> None:
    """Writes settings and texts; `first` are the names of the project that was cloned, `old` those of now."""
    new = old | changes
    staging = {name: f"{new[name]}-staging" for name in ("NAMESPACE", "APPLICATION")}
    files[FILE].write_text(write_settings(files[FILE].read_text(), changes))
    files[STAGING_FILE].write_text(write_settings(files[STAGING_FILE].read_text(), staging))
    for name in TEXTS:
        text = rename(files[name].read_text(), first, new)
        files[name].write_text(text if first == old else rename(text, old, new))
