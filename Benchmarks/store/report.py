"""The result as Markdown: ours beside each peer, and each target of the issue with what was measured for it."""

from __future__ import annotations

from collections.abc import Callable
from statistics import median

from pairs import THROUGHPUT

TITLES = {
    "ingest": "ingest, durable GB/s", "append": "prompt by prompt, durable GB/s", "scan": "scan, reduced GB/s",
    "scan-torch": "scan, widened by PyTorch GB/s", "array": "into an array GB/s", "layer": "one layer ms", "rows": "1,000 rows ms",
    "slice": "128 tokens µs", "row": "one row µs",
}
SCALES = {"layer": 1e3, "rows": 1e3, "slice": 1e6, "row": 1e6}
# A library that stores at least this much less than it is given counts as compressed.
COMPRESSED = 1.02


def set_bytes(entry: dict) -> int:
    sizes = {"f16": 2, "bf16": 2, "f32": 4, "u32": 4}
    return sum(entry["rows"] * column["width"] * sizes[column["type"]] for column in entry["columns"])


def number(value: float) -> str:
    if value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}" if value < 100 else f"{value:.0f}"


def table(header: list[str], rows: list[list[str]]) -> str:
    lines = ["| " + " | ".join(header) + " |", "|" + "|".join("---" if index == 0 else "---:" for index in range(len(header))) + "|"]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


class Result:
    """Reads figures out of the JSON; nothing is computed that it does not hold."""

    def __init__(self, result: dict):
        self.result = result
        self.peers: dict[str, dict] = result["peers"]
        self.ours: dict = result["ours"]

    def stored_ratio(self, name: str) -> float | None:
        peer = self.peers[name]
        return peer["bytes"] / peer["stored"]["ingest"] if "ingest" in peer["stored"] else None

    def compressed(self) -> list[str]:
        return [name for name in self.peers if (self.stored_ratio(name) or 0) >= COMPRESSED]

    def peer_value(self, name: str, operation: str) -> float | None:
        return self._value(self.peers[name]["operations"].get(operation, {}).get("peer"), operation, self.peers[name]["bytes"])

    def our_value(self, operation: str) -> float | None:
        times = [time for peer in self.peers.values() for time in peer["operations"].get(operation, {}).get("ours", [])]
        return self._value(times, operation, self.result["bytes"])

    def _value(self, times: list[float] | None, operation: str, size: int) -> float | None:
        if not times:
            return None
        return median(times) * SCALES[operation] if operation in SCALES else size / median(times) / 1e9

    def ratio(self, name: str, operation: str) -> float | None:
        return self.peers.get(name, {}).get("operations", {}).get(operation, {}).get("ratio")

    def worst(self, names: list[str], operation: str) -> tuple[float, str] | None:
        """The smallest lead over any of the peers, which is the lead over the fastest of them."""
        found = [(ratio, name) for name in names if (ratio := self.ratio(name, operation)) is not None]
        return min(found) if found else None

    # --- ours alone ---

    def column_ratio(self, name: str) -> float | None:
        """Raw for stored bytes of a set's columns."""
        entry = self.ours.get("columns", {}).get(name)
        return sum(c["raw"] for c in entry["columns"]) / sum(c["stored"] for c in entry["columns"]) if entry else None

    def bits_per_pair(self, name: str) -> float | None:
        entry = self.ours.get("columns", {}).get(name)
        if not entry:
            return None
        index = next(c for c in entry["columns"] if c["type"] == "u32")
        return sum(c["stored"] for c in entry["columns"]) * 8 / (index["raw"] / 4)

    def blocks(self, isa: str, name: str, what: str) -> float | None:
        """The slowest column of a set."""
        columns = self.ours.get("blocks", {}).get(isa, {}).get(name)
        return min(column[what] for column in columns) if columns else None

    def block(self, isa: str, name: str, place: int) -> float | None:
        """How fast one column of a set is decoded."""
        columns = self.ours.get("blocks", {}).get(isa, {}).get(name)
        return columns[place]["decode"] if columns else None


def comparison(r: Result) -> str:
    operations = [name for name in TITLES if any(name in peer["operations"] for peer in r.peers.values())]
    ratio = r.column_ratio("main-f16")
    rows = [["**varve**", f"{ratio:.3f}" if ratio else "", *(f"**{number(r.our_value(name) or 0)}**" for name in operations)]]
    for name, peer in r.peers.items():
        stored = r.stored_ratio(name)
        cells = []
        for operation in operations:
            value, lead = r.peer_value(name, operation), r.ratio(name, operation)
            cells.append(f"{number(value)} ({lead:.3g}×)" if value is not None and lead is not None else "")
        rows.append([peer["title"], f"{stored:.3f}" if stored else "", *cells])
    return table(["", "raw : stored", *(TITLES[name] for name in operations)], rows)


def targets(r: Result) -> list[tuple[str, str, float | None, Callable[[float], bool], str]]:
    """What is asked for, the bound, the figure, whether it is kept, and what it was measured against."""
    compressed = r.compressed()
    rows: list[tuple[str, str, float | None, Callable[[float], bool], str]] = []

    def lead(text: str, names: list[str], operation: str, bound: float) -> None:
        found = r.worst(names, operation)
        rows.append((text, f"≥ {bound:g}×", found and found[0], lambda v: v >= bound, r.peers[found[1]]["title"] if found else ""))

    def at_least(text: str, value: float | None, bound: float, note: str = "") -> None:
        rows.append((text, f"≥ {bound:g}", value, lambda v: v >= bound, note))

    def at_most(text: str, value: float | None, bound: float, note: str = "") -> None:
        rows.append((text, f"≤ {bound:g}", value, lambda v: v <= bound, note))

    lead("scan decoded to f32 and reduced, to the fastest compressed peer", compressed, "scan", 4)
    lead("scan, to NumPy from npy by mmap", ["npy"], "scan", 3)
    lead("into a caller's array, to the fastest compressed peer", compressed, "array", 2)
    layer, scan = r.our_value("layer"), r.our_value("scan")
    share = layer / 1e3 / (r.result["bytes"] / 1e9 / scan) if layer and scan else None
    at_most("one layer of four, of the time for all four", share, 0.27)
    lead("1,000 random rows, to the fastest compressed peer", compressed, "rows", 8)
    lead("1,000 random rows, to Lance", ["lance"], "rows", 1)
    at_most("128-token slice, p50 µs", r.our_value("slice"), 60)
    lead("bulk ingest, durable, to the fastest peer of any kind", list(r.peers), "ingest", 1)
    lead("prompt by prompt, durable, to Parquet", [name for name in ("parquet", "parquet-bss", "parquet-zstd") if name in r.peers], "append", 1)
    lead("prompt by prompt, durable, to the fastest compressed peer", compressed, "append", 2)
    for kind, bound in (("f16", 1.14), ("bf16", 1.44), ("f32", 1.13)):
        for name, text in (("part", "normalised stream"), ("sums", "sums before LayerNorm"), ("organism", "pre-norm stream of the organism")):
            at_least(f"raw : stored, {kind}, {text}", r.column_ratio(f"{name}-{kind}"), bound)
    at_least("raw : stored, f16, main set", r.column_ratio("main-f16"), 1.14)
    for isa, bound in (("avx512", 6), ("portable", 2)):
        for kind in ("f16", "bf16", "f32"):
            for name, text in (("part", "normalised stream"), ("sums", "sums before LayerNorm")):
                at_least(f"block decode GB/s a core, {isa}, {kind}, {text}", r.blocks(isa, f"{name}-{kind}", "decode"), bound, "slowest column")
        for place, text in enumerate(("latents' indices", "latents' values")):
            at_least(f"block decode GB/s a core, {isa}, {text}", r.block(isa, "sae-16k-f16", place), bound, "k = 32, F = 16k")
    at_most("bits a pair, k = 32, F = 16k, f16 values", r.bits_per_pair("sae-16k-f16"), 24)
    at_most("bits a pair, k = 32, F = 131k, f16 values", r.bits_per_pair("sae-131k-f16"), 27)
    memory = r.ours.get("memory")
    at_most("peak memory of a scan, MiB", memory and memory["scan"]["peakBytes"] / 2**20, 256)
    at_most("peak memory of an ingest, MiB", memory and memory["ingest"]["peakBytes"] / 2**20, 1024)
    opening = r.ours.get("opening")
    at_most("opening 10⁴ chunks and 10⁶ prompts to read, s", opening and median(run["readOnly"] for run in opening["runs"]), 0.2)
    at_most("opening them to write, s", opening and median(run["writable"] for run in opening["runs"]), 1)
    durability = r.ours.get("durability")
    # Results from before reading back was timed hold syncs alone.
    reading = durability and durability.get("share_of_reading_back")
    what = "syncs" if reading is None else "syncs and reading back"
    at_most(f"share of an ingest that goes into {what}", durability and durability["share"] + (reading or 0), 0.1)
    return rows


def markdown(result: dict) -> str:
    r = Result(result)
    machine = result["machine"]
    parts = [
        "# The store beside other libraries",
        "Made by `Scripts/bench store`; [README.md](../README.md) says what is measured and how. Not for editing.",
        f"{machine['processor']}, {machine['cores']} cores ({', '.join(machine['instructions'])}), {machine['memory_gib']} GiB, {machine['file_system']}, "
        f"{machine['system']}. {result['bytes'] / 1e9:.3f} GB of f16, medians of {result['pairs']} pairs, of up to three times as many where both take little time; "
        f"GB/s count raw f16 bytes. In brackets: how many times as fast varve was, pair by pair. SHA-256 of the data: {result['data']['digest'][:16]}….",
    ]
    if r.peers:
        parts += [comparison(r), "## Targets"]
    rows = []
    for text, bound, value, kept, note in targets(r):
        if value is not None:
            rows.append([text, bound, number(value), "yes" if kept(value) else "**no**", note])
    parts.append(table(["", "target", "measured", "reached", "against"], rows))
    if "durability" in r.ours:
        parts += ["## What durability costs", durability(r.ours["durability"])]
    if "columns" in r.ours:
        parts += ["## What columns take", columns(r)]
    if "blocks" in r.ours:
        parts += ["## Blocks, one core", blocks(r)]
    if r.peers:
        parts += ["## How the peers were used", "\n".join(f"- {peer['title']}: {peer['setting']}." for peer in r.peers.values())]
    libraries = ", ".join(f"{name} {version}" for name, version in result["libraries"].items())
    parts.append(f"Python {machine['python']}; {libraries}.")
    parts += ["## The data", data(result["data"]["sets"])]
    return "\n\n".join(parts) + "\n"


def data(sets: dict[str, str]) -> str:
    """One line for sets that differ in their element type only."""
    names: dict[str, list[str]] = {}
    for name, about in sets.items():
        names.setdefault(about, []).append(f"`{name}`")
    return "\n".join(f"- {', '.join(group)}: {about}." for about, group in names.items())


def durability(found: dict) -> str:
    """What the share of syncs is made of: the disk's own time, and what the protocol adds to it."""
    ours, careless, plain = (median(found[name]) for name in ("durable", "without_sync", "plain"))
    beyond = median(a / b for a, b in zip(found["durable"], found["plain"], strict=True))
    rows = [
        ["bulk ingest, all commits durable", number(ours), number(found["stored"] / ours / 1e9)],
        ["the same, every sync returning at once: nothing reaches the disk", number(careless), number(found["stored"] / careless / 1e9)],
        ["one file of as many bytes, written and synchronised", number(plain), number(found["stored"] / plain / 1e9)],
    ]
    return (
        table(["", "s", "GB/s stored"], rows) + f"\n\nAn ingest takes {number(beyond)} times as long as that file, {number(careless / plain)} times without syncs: "
        "what it takes beyond the file is encoding and reading back, and what syncs add is the time for which the disk is the slower of the two. "
        + (
            f"All positioned reads of the process, which is header, trailer and footer read back and SQLite's own, take {100 * found['share_of_reading_back']:.2g} % of it."
            if "share_of_reading_back" in found else ""
        )
    )


def columns(r: Result) -> str:
    rows = []
    for name, entry in r.ours["columns"].items():
        bits = r.bits_per_pair(name) if name.startswith("sae") else None
        ratio = r.column_ratio(name)
        encodings: dict[str, int] = {}
        for column in entry["columns"]:
            for encoding, count in column["encodings"].items():
                encodings[encoding] = encodings.get(encoding, 0) + count
        rows.append([
            f"`{name}`", f"{entry['raw'] / 1e6:,.0f}", f"{ratio:.3f}", f"{entry['raw'] / entry['directory']:.3f}",
            f"{bits:.1f}" if bits else "", ", ".join(f"{key} {count:,}" for key, count in sorted(encodings.items())),
        ])
    return table(["set", "raw MB", "raw : columns", "raw : whole store", "bits a pair", "blocks"], rows)


def blocks(r: Result) -> str:
    rows = []
    for isa, sets in r.ours["blocks"].items():
        for name, entries in sets.items():
            for what in [entries] if not name.startswith("sae") else [[entry] for entry in entries]:
                floats = [entry["decodeToFloats"] for entry in what if "decodeToFloats" in entry]
                rows.append([
                    isa, f"`{name}` {what[0]['type']}" if name.startswith("sae") else f"`{name}`",
                    number(median(entry["encode"] for entry in what)), number(median(entry["decode"] for entry in what)),
                    number(median(floats)) if floats else "", number(min(entry["decode"] for entry in what)),
                ])
    return table(["instructions", "set", "encode GB/s", "decode GB/s", "decode to f32 GB/s", "slowest column, decode"], rows)
