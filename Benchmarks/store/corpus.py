"""Text that every machine with Python has: sources and documentation, cut into windows of whole tokens."""

from __future__ import annotations

import gzip
import hashlib
import random
import sysconfig
from collections.abc import Iterator
from pathlib import Path

from tokenizers import Tokenizer

SUFFIXES = {".py", ".md", ".rst", ".txt", ".gz", ""}
LONGEST = 1 << 18
WINDOWS_PER_FILE = 12


def files() -> Iterator[Path]:
    """Licences, package documentation and Python sources, each folder sorted so that a machine gives one order."""
    paths = sysconfig.get_paths()
    folders = [Path("/usr/share/common-licenses"), Path("/usr/share/doc"), Path(paths["stdlib"]), Path(paths["purelib"])]
    for folder in folders:
        if folder.is_dir():
            yield from sorted(path for path in folder.rglob("*") if path.suffix in SUFFIXES and path.is_file())


def text(path: Path) -> str | None:
    """The file's text; None where it is no UTF-8 text."""
    try:
        data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        return data[:LONGEST].decode("utf-8") if b"\0" not in data[:4096] else None
    except (OSError, EOFError, UnicodeDecodeError, gzip.BadGzipFile):
        return None


def windows(tokenizer: Tokenizer, count: int, length: int, seed: int) -> list[list[int]]:
    """`count` different windows of exactly `length` tokens, [CLS] and [SEP] included.

    At most a few from each file, so that no single text decides; files of the same content count once.
    """
    start, end = tokenizer.token_to_id("[CLS]"), tokenizer.token_to_id("[SEP]")
    order = list(files())
    random.Random(seed).shuffle(order)
    found: list[list[int]] = []
    seen: set[bytes] = set()
    for path in order:
        content = text(path)
        if content is None:
            continue
        ids = tokenizer.encode(content, add_special_tokens=False).ids
        body = length - 2
        for first in range(0, min(len(ids) - body + 1, WINDOWS_PER_FILE * body), body):
            piece = ids[first : first + body]
            key = hashlib.sha256(repr(piece).encode()).digest()
            if key not in seen:
                seen.add(key)
                found.append([start, *piece, end])
                if len(found) == count:
                    return found
    raise SystemExit(f"this machine has text for {len(found)} windows of {length} tokens only; {count} are needed")
