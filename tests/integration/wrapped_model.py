"""An exported file whose network is wrapped in another, with everything else as it was."""

import zipfile
from pathlib import Path

import torch

from tests.integration.server_process import MODEL


def write_wrapped(path: Path, wrapper: type[torch.nn.Module]) -> Path:
    """Writes MODEL with `wrapper(its script)` as its network, and all of its extra files."""
    with zipfile.ZipFile(MODEL) as archive:
        names = [name.partition("/extra/")[2] for name in archive.namelist() if "/extra/" in name]
    extra = dict.fromkeys(names, "")
    script = torch.jit.load(str(MODEL), _extra_files=extra)  # type: ignore[no-untyped-call]  # torch has no types for it
    torch.jit.save(torch.jit.script(wrapper(script).eval()), str(path), _extra_files=extra)
    return path
