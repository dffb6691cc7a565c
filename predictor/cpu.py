"""How many processor cores this process may really use."""

import os
from pathlib import Path

CGROUP = Path("/sys/fs/cgroup")


def available_cores(cgroup: Path = CGROUP) -> int:
    """Cores by the container's quota, rounded up, and by the affinity mask; at least 1.

    libraries that ask the host instead start too many threads, which the quota then stalls.
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
