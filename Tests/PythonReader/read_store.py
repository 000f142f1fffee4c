"""Reads a varve store with numpy, lz4 and xxhash alone, from what FORMAT.md says: python3 read_store.py STORE

Prints a line of JSON for each column of each capture: its element type, rows, width and the XXH3-128 of its raw bytes.
"""
import json, os, sqlite3, struct, sys
import lz4.block, numpy as np, xxhash

BYTES = {"f32": 4, "f16": 2, "bf16": 2, "u32": 4, "u16": 2, "u8": 1, "i8": 4, "bytes": 1}
UNSIGNED = {1: np.uint8, 2: np.uint16, 4: np.uint32}


class Cursor:
    """Little-endian numbers and texts, one after the other."""
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, form):
        values = struct.unpack_from("<" + form, self.data, self.at)
        self.at += struct.calcsize("<" + form)
        return values[0] if len(values) == 1 else values

    def bytes(self, count=None):
        start, self.at = self.at, len(self.data) if count is None else self.at + count
        return self.data[start:self.at]

    def array(self, count):
        return np.frombuffer(self.bytes(count), np.uint8)

    def text(self):
        return self.bytes(self.take("I")).decode()


def check(condition, what):
    if not condition:
        raise SystemExit("damaged: " + what)


def planes(c, count, size):
    heads = [c.take("BI") for _ in range(c.take("B"))]
    stored = [c.bytes(length) for _, length in heads]
    return np.stack([np.frombuffer(lz4.block.decompress(s, count) if h[0] else s, np.uint8) for h, s in zip(heads, stored)], 1)


def codes(c, count, bits):
    """Bit planes in groups of 64 numbers, a word of 64 bits for each bit."""
    groups = -(-count // 64)
    words = np.unpackbits(c.array(groups * bits * 8), bitorder="little").reshape(groups, bits, 64)
    return (words << np.arange(bits, dtype=np.uint8)[:, None]).sum(1, dtype=np.uint8).reshape(-1)[:count]


def tiers(c, count, kind):
    levels = [c.take("BI") for _ in range(c.take("B"))]
    left = c.take("I")
    symbols = [c.array(2 ** bits - 1) for bits, _ in levels]
    top = codes(c, count, 3) if kind == "f16" else 0
    low = [c.array(count) for _ in range(BYTES[kind] - 1)]
    level_codes = [codes(c, n, bits) for bits, n in levels]
    found = c.array(left)
    for (bits, n), table, code in reversed(list(zip(levels, symbols, level_codes))):
        deeper, found = found, np.append(table, np.uint8(0))[code]
        found[code == 2 ** bits - 1] = deeper
    if kind == "bytes":
        return found
    number = (found | top).astype(np.uint32) << 8 * len(low)
    for place, plane in enumerate(low):
        number |= plane.astype(np.uint32) << 8 * place
    width = 8 * BYTES[kind]
    return (number >> 1 | (number & 1) << width - 1).astype(UNSIGNED[BYTES[kind]])


def packed(data, count, bits):
    """Numbers of `bits` bits each, the lowest bit of each first."""
    stream = np.unpackbits(np.frombuffer(data, np.uint8), bitorder="little")[:count * bits].reshape(count, bits)
    return (stream.astype(np.uint64) << np.arange(bits, dtype=np.uint64)).sum(1, dtype=np.uint64).astype(np.uint32)


def integers(c, rows, width, size):
    flags, bits, base, length = c.take("BBII")
    count_bits, count_base = c.take("BI") if flags & 4 else (0, width)
    p = Cursor(lz4.block.decompress(c.bytes(), length) if flags & 2 else c.bytes())
    counts = packed(p.bytes(-(-rows * count_bits // 8)), rows, count_bits) + np.uint32(count_base) if flags & 4 else np.full(rows, width, np.uint32)
    there = np.arange(width) < counts[:, None]
    numbers = packed(p.bytes(), int(counts.sum()), bits)
    if flags & 1:
        steps = numbers >> 1 ^ (np.uint32(0) - (numbers & 1))
        numbers = np.cumsum(np.append(np.uint32(base), steps), dtype=np.uint32)[1:]
    else:
        numbers = numbers + np.uint32(base)
    out = np.full((rows, width), 2 ** 32 - 1, np.uint32)
    out[there] = numbers
    return out.astype(UNSIGNED[size])


def value_deltas(c, rows, width, size):
    count_bits, count_base, top, ranks = c.take("BIIH")
    shifts = c.bytes(ranks)
    counts = packed(c.bytes(-(-rows * count_bits // 8)), rows, count_bits) + np.uint32(count_base)
    sizes = [int((counts > rank).sum()) for rank in range(ranks)]
    stream = c.bytes(-(-sum(n * s for n, s in zip(sizes, shifts)) // 8))
    bits = np.unpackbits(np.frombuffer(stream, np.uint8), bitorder="little")
    high = tiers(c, sum(sizes), "bytes") if sum(sizes) else np.zeros(0, np.uint8)
    out, before, at, done = np.zeros((rows, width), np.uint32), np.full(rows, top, np.uint32), 0, 0
    for rank, (n, shift) in enumerate(zip(sizes, shifts)):
        low = packed(np.packbits(bits[at:at + n * shift], bitorder="little").tobytes(), n, shift)
        before[counts > rank] -= high[done:done + n].astype(np.uint32) << shift | low
        out[counts > rank, rank] = before[counts > rank]
        at, done = at + n * shift, done + n
    return out.astype(UNSIGNED[size])


def decode(file, entry, kind, width):
    offset, stored_length, raw_length, encoding, stored_sum, raw_sum = entry
    stored = file[offset:offset + stored_length]
    check(xxhash.xxh3_64_intdigest(stored) == stored_sum, "a block's stored bytes")
    c, size, count = Cursor(stored), BYTES[kind], raw_length // BYTES[kind]
    if encoding == 7:
        scale = np.frombuffer(c.bytes(4 * width), np.float32)
        numbers = np.frombuffer(c.bytes(), np.int8).reshape(-1, width)
        raw = np.where(numbers == -128, np.float32(np.nan), numbers.astype(np.float32) * scale)
    else:
        raw = {0: lambda: c.array(raw_length), 1: lambda: planes(c, count, size), 2: lambda: tiers(c, count, "f32" if kind == "i8" else kind),
               4: lambda: integers(c, count // width, width, size), 5: lambda: value_deltas(c, count // width, width, size)}[encoding]()
    raw = raw.tobytes()
    check(len(raw) == raw_length and xxhash.xxh3_64_intdigest(raw) == raw_sum, f"a decoded block of {kind} in encoding {encoding}")
    return raw


def chunk(path):
    """The columns of a chunk file: name → (element type, width, raw bytes of all rows)."""
    file = open(path, "rb").read()
    check(file[:8] == b"VARVECHK" and xxhash.xxh3_64_intdigest(file[:56]) == struct.unpack_from("<Q", file, 56)[0], "header")
    version = struct.unpack_from("<H", file, 8)[0]
    start, length, footer_sum, size = struct.unpack_from("<QQQQ", file, len(file) - 48)
    check(file[-16:-8] == b"VARVEEND" and xxhash.xxh3_64_intdigest(file[-48:-8]) == struct.unpack("<Q", file[-8:])[0], "trailer")
    footer = Cursor(file[start:start + length])
    check(size == len(file) and xxhash.xxh3_64_intdigest(footer.data) == footer_sum, "footer")
    check(footer.take("I") == 0x544F4F46, "mark of the footer")
    footer.text(), footer.text(), footer.bytes(32)
    first_row, rows, first_prompt, prompts = footer.take("QQQQ")
    columns = {}
    for _ in range(footer.take("I")):
        name, kind, width, block_rows = footer.text(), footer.text(), footer.take("I"), footer.take("I")
        footer.bytes(32 if version == 1 else 48)  # minimum, maximum, NaN count, mean norm; version 2: errors of lossy columns
        entries = [footer.take("QIIIQQ") for _ in range(footer.take("I"))]
        columns[name] = kind, width, b"".join(decode(file, entry, kind, width) for entry in entries)
        check(len(columns[name][2]) == rows * width * BYTES[kind], "rows of " + name)
    return columns


def main(store):
    catalog = sqlite3.connect(f"file:{store}/catalog.sqlite?mode=ro", uri=True)
    version = catalog.execute("PRAGMA user_version").fetchone()[0]
    dead = {(kind, target) for kind, target in catalog.execute("SELECT kind, target FROM removals")} if version > 1 else set()
    groups = "SELECT c.id, g.id, m.name, d.name FROM captures c JOIN column_groups g ON g.capture = c.id" if version > 1 else "SELECT c.id, c.id, m.name, d.name FROM captures c"
    groups = catalog.execute(groups + " JOIN models m ON m.id = c.model JOIN datasets d ON d.id = c.dataset").fetchall()
    for capture, group, model, dataset in groups:
        if ("capture", capture) in dead or ("group", group) in dead:
            continue
        chunks = catalog.execute(f"SELECT id, file FROM chunks WHERE {'column_group' if version > 1 else 'capture'} = ? ORDER BY first_row", (group,))
        whole = {}
        for name in (file for id, file in chunks if ("chunk", id) not in dead):
            path = os.path.join(store, "chunks", name[:2], name)
            check(xxhash.xxh3_128_hexdigest(open(path, "rb").read()) == name, "name of " + path)
            for column, (kind, width, raw) in chunk(path).items():
                whole.setdefault(column, (kind, width, []))[2].append(raw)
        for column, (kind, width, parts) in whole.items():
            raw = b"".join(parts)
            print(json.dumps({"capture": f"{model}/{dataset}", "column": column, "type": kind, "rows": len(raw) // width // BYTES[kind], "width": width, "xxh3": xxhash.xxh3_128_hexdigest(raw)}))


if __name__ == "__main__":
    main(sys.argv[1])
