"""The process itself: its cores, its memory, and how quickly it imports what it needs."""

import ctypes
import gc
import importlib
import importlib.util
import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

CGROUP = Path("/sys/fs/cgroup")

# malloc.h of the GNU C library
M_TRIM_THRESHOLD = -1
M_MMAP_THRESHOLD = -3
LARGEST_KEPT_BLOCK = 4 * 2**20  # a forward pass of 8 photos has none larger; bodies and large photos do
MOST_KEPT_BYTES = 32 * 2**20  # in each thread's heap

# Most of the SDK's import time, and a tenth of torch's, goes to these modules, which a server never uses, and to what
# they import; with the names that the SDK imports from them.
UNUSED_MODULES = {
    "pandas": ("DataFrame",),  # of requests
    "kserve.inference_client": ("InferenceGRPCClient", "InferenceRESTClient", "RESTConfig"),  # for other predictors
    "httpx": ("HTTPError",),
    "kserve.protocol.rest.server": ("RESTServer",),  # predictor/http is ours
    "kserve.protocol.rest.multiprocess.server": ("RESTServerMultiProcess",),
    "fastapi": ("FastAPI",),
    "fastapi.responses": ("JSONResponse", "ORJSONResponse"),
    "grpc": ("RpcError", "ServicerContext"),  # assembly imports it, and the next one, where gRPC is switched on
    "kserve.protocol.grpc.server": ("GRPCServer",),
    "torch._meta_registrations": (),  # shapes without values, and what trains or quantizes
    "torch.distributions": (),
    "torch.quantization": (),
    "torch.nn.intrinsic": (),
    "torch.nn.qat": (),
    "torch.nn.quantized": (),
}
UNUSED_PACKAGE = "kserve"  # itself: it imports all that the SDK has, its clients for Kubernetes included
MISSING_MODULES = ("cuda", "cuda.bindings")  # torch does without them, as its builds for CPUs must


def ignore_warnings_about_photos() -> None:
    """Pillow has one for each odd field of EXIF, and a file has thousands: the log is not theirs."""
    warnings.filterwarnings("ignore", module=r"PIL\b")


def available_cores(cgroup: Path = CGROUP) -> int:
    """Cores by the container's CPU quota, rounded up, and by the affinity mask; at least 1.

    Libraries that ask the host instead start too many threads, which the quota then throttles.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quota = _quota_v2(cgroup) or _quota_v1(cgroup)
    return max(1, min(cores, -(-quota[0] // quota[1]))) if quota else cores


def _quota_v2(cgroup: Path) -> tuple[int, int] | None:
    """`cpu.max` holds "QUOTA PERIOD" in microseconds, or "max PERIOD"."""
    try:
        quota, period = (cgroup / "cpu.max").read_text().split()
        return int(quota), int(period)
    except (OSError, ValueError):
        return None


def _quota_v1(cgroup: Path) -> tuple[int, int] | None:
    """The quota is -1 where there is none."""
    try:
        quota = int((cgroup / "cpu/cpu.cfs_quota_us").read_text())
        period = int((cgroup / "cpu/cpu.cfs_period_us").read_text())
    except (OSError, ValueError):
        return None
    return (quota, period) if quota > 0 and period > 0 else None


def keep_freed_memory() -> None:
    """Makes malloc keep freed memory instead of returning it to the kernel.

    A forward pass frees and allocates the same megabytes each time; getting them from the kernel again, page by page,
    makes it a fifth slower. Does nothing where the C library is not GNU's.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt:
        mallopt(M_TRIM_THRESHOLD, MOST_KEPT_BYTES)
        mallopt(M_MMAP_THRESHOLD, LARGEST_KEPT_BLOCK)


def return_freed_memory() -> None:
    """Gives what malloc keeps back to the kernel: what the start has freed, only its own thread could use again."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim:
        trim(0)


class _Unused(Exception):
    """Stands for the classes of modules that are not imported: also where an `except` names one."""

    def __init__(self, *_: object, **__: object):
        super().__init__()


class _LazyModule(ModuleType):
    """Imports the real module when one of its attributes is first used."""

    def __getattr__(self, name: str) -> object:
        if sys.modules.get(self.__name__) is self:  # the real module cannot be imported yet
            raise AttributeError(name)
        return getattr(importlib.import_module(self.__name__), name)


class _LazyPackage(ModuleType):
    """Runs the package's own code when one of its names is first used; its modules are imported without it."""

    def __getattr__(self, name: str) -> object:
        if name.startswith("__") or self.__spec__ is None or self.__spec__.loader is None:
            raise AttributeError(name)
        self.__class__ = ModuleType  # type: ignore[assignment]  # as modules may do
        self.__spec__.loader.exec_module(self)
        return getattr(self, name)


def _module_without_code(name: str) -> ModuleType:
    spec = importlib.util.find_spec(name)
    assert spec
    return importlib.util.module_from_spec(spec)


@contextmanager
def quick_imports() -> Iterator[None]:
    """Within it, modules that a server never uses are not imported, and garbage is not collected.

    A pod that is ready a second earlier makes every rollout a second shorter.
    """
    lazy = {name: _LazyModule(name) for name in UNUSED_MODULES if name not in sys.modules}
    for name, module in lazy.items():
        vars(module).update(dict.fromkeys(UNUSED_MODULES[name], _Unused))
        sys.modules[name] = module
    missing = [name for name in MISSING_MODULES if name not in sys.modules]
    sys.modules.update(dict.fromkeys(missing))  # type: ignore[arg-type]  # None means that there is no such module
    package = None if UNUSED_PACKAGE in sys.modules else _module_without_code(UNUSED_PACKAGE)
    if package:
        sys.modules[UNUSED_PACKAGE] = package
    gc.disable()
    try:
        yield
    finally:
        for name, module in lazy.items():
            for attribute in UNUSED_MODULES[name]:
                delattr(module, attribute)
            del sys.modules[name]
        for name in missing:
            del sys.modules[name]
        if package:
            package.__class__ = _LazyPackage
        gc.enable()
        gc.freeze()  # imported modules stay: later collections need not visit them
