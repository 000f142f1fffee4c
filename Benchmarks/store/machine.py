"""What the figures depend on, without any name of the machine."""

from __future__ import annotations

import os
import platform
from importlib.metadata import version
from pathlib import Path

LIBRARIES = (
    "numpy", "torch", "safetensors", "pyarrow", "zarr", "numcodecs", "h5py", "hdf5plugin", "pylance", "tensorstore", "blosc2", "duckdb",
)


def about(work: Path) -> dict:
    info = Path("/proc/cpuinfo").read_text() if Path("/proc/cpuinfo").exists() else ""
    model = next((line.split(":", 1)[1].strip() for line in info.splitlines() if line.startswith("model name")), platform.machine())
    flags = next((set(line.split(":", 1)[1].split()) for line in info.splitlines() if line.startswith("flags")), set())
    return {
        "processor": model, "cores": len(os.sched_getaffinity(0)),
        "instructions": [name for name in ("avx2", "avx512f", "avx512_vbmi2") if name in flags],
        "memory_gib": round(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30),
        "system": f"{platform.system()} {platform.release().split('-')[0]}", "file_system": file_system(work),
        "python": platform.python_version(),
    }


def file_system(path: Path) -> str:
    best, kind = "", "unknown"
    for line in Path("/proc/mounts").read_text().splitlines():
        _, place, name, *_ = line.split()
        if len(place) > len(best) and (str(path.resolve()) + "/").startswith(place.rstrip("/") + "/"):
            best, kind = place, name
    return kind


def libraries() -> dict[str, str]:
    return {name: version(name) for name in LIBRARIES}
