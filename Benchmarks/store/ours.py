"""Figures of our side that have no peer: what columns take, single blocks, memory, what durability costs, opening large stores."""

from __future__ import annotations

import ctypes
import os
import subprocess
import time
from pathlib import Path
from statistics import median

from child import once
from pairs import remove, say

INSTRUCTION_SETS = ("avx512", "avx2", "portable")
DENSE = ("part-f16", "part-bf16", "part-f32", "sums-f16", "sums-bf16", "sums-f32", "organism-f16", "organism-bf16", "organism-f32")
LATENTS = (
    "sae-16k-f16", "sae-16k-bf16", "sae-16k-f32", "sae-131k-f16", "sae-131k-bf16", "sae-131k-f32", "sae-organism-f16",
    "sae-organism-bf16", "sae-organism-f32",
)
FIGURES = ("columns", "blocks", "memory", "durability", "opening")


def write_plainly(path: Path, count: int) -> float:
    """Seconds that the same number of bytes takes in one file: written, the disk set to work every 8 MiB, one fsync."""
    library = ctypes.CDLL(None, use_errno=True)
    piece = os.urandom(8 << 20)
    os.sync()
    start = time.perf_counter()
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
    for offset in range(0, count, len(piece)):
        os.write(file, piece[: count - offset])
        library.sync_file_range(file, ctypes.c_int64(offset), ctypes.c_int64(len(piece)), ctypes.c_uint(2))
    os.fsync(file)
    os.close(file)
    return time.perf_counter() - start


class Ours:
    def __init__(self, program: str, data: Path, work: Path, environment: dict[str, str]):
        self.program, self.data, self.work, self.environment = program, data, work, environment

    def measure(self, names: list[str], pairs: int) -> dict:
        figures = {}
        for name in names:
            say(f"ours: {name}")
            figures[name] = getattr(self, name)(pairs)
        return figures

    def _run(self, *arguments: str | Path, **extra: str):
        return once([self.program, *map(str, arguments)], {**self.environment, **extra})

    def _library(self, name: str) -> str:
        """A library to preload, from the C file of that name beside this one."""
        library = self.work / f"{name}.so"
        subprocess.run(["cc", "-shared", "-fPIC", "-O2", "-o", library, Path(__file__).with_name(f"{name}.c")], check=True)
        return str(library)

    def columns(self, _pairs: int) -> dict:
        """Stored bytes of every column of every set, as an ingest leaves them."""
        path = self.work / "columns"
        sets = {}
        for name in ("main-f16", *DENSE, *LATENTS):
            written = self._run("ingest", self.data, name, path)
            sets[name] = {"raw": written["raw"], "directory": written["stored"], "columns": self._run("columns", path)}
            remove(path)
        return sets

    def blocks(self, _pairs: int) -> dict:
        """One core, no files, each instruction set."""
        sets = ("part-f16", "part-bf16", "part-f32", "sums-f16", "sums-bf16", "sums-f32", "sae-16k-f16")
        return {
            isa: {name: self._run("blocks", self.data, name, VARVE_ISA=isa)["columns"] for name in sets}
            for isa in INSTRUCTION_SETS
        }

    def memory(self, _pairs: int) -> dict:
        """Peak resident memory of a process that ingests, or scans, the main set and does nothing else."""
        path = self.work / "memory"
        ingest = self._run("ingest", self.data, "main-f16", path)
        scan = self._run("scan", self.data, "main-f16", path)
        remove(path)
        return {"ingest": ingest, "scan": scan}

    def durability(self, pairs: int) -> dict:
        """Ingest with and without its syncs, and with its reading back timed, by turns; chunks of 256 MB, the default."""
        careless_library, timing_library = self._library("nosync"), self._library("readback")
        seconds_read = self.work / "readback.txt"
        path = self.work / "durability"
        durable, careless, timed, reading, plain = [], [], [], [], []
        for _ in range(pairs):
            for times, extra in (
                (durable, {}), (careless, {"LD_PRELOAD": careless_library}),
                (timed, {"LD_PRELOAD": timing_library, "VARVE_READBACK": str(seconds_read)}),
            ):
                remove(path)
                os.sync()
                run = self._run("ingest-mapped", self.data, "main-f16", path, **extra)
                times.append(run["seconds"])
            reading.append(float(seconds_read.read_text()))
            remove(path)
            plain.append(write_plainly(path, run["stored"]))
        remove(path)
        share = median(1 - b / a for a, b in zip(durable, careless, strict=True))
        verified = median(b / a for a, b in zip(timed, reading, strict=True))
        return {
            "durable": durable, "without_sync": careless, "share": share, "plain": plain, "stored": run["stored"],
            "reading_back": reading, "share_of_reading_back": verified,
        }

    def opening(self, pairs: int) -> dict:
        """A store of 10,000 chunks and 1,000,000 prompts."""
        path = self.work / "large"
        # Nobody's rows: no need to wait for the disk 40,000 times.
        remove(path)
        made = self._run("make-large", path, LD_PRELOAD=self._library("nosync"))
        runs = [self._run("open", path) for _ in range(pairs)]
        remove(path)
        return {"made": made, "runs": runs}
