"""Reads a varve store with numpy, lz4 and xxhash alone, from what FORMAT.md says: python3 read_store.py STORE

Prints a line of JSON for each column of each capture: its element type, rows, width and the XXH3-128 of its raw bytes.
"""
import json, os, sqlite3, struct, sys
import lz4.block, numpy as np, xxhash

BYTES = {"f32": 4, "f16": 2, "bf16": 2, "u32": 4, "u16": 2, "u8": 1, "i8": 4}


class Cursor:
    """Little-endian numbers and texts, one after the other."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, form):
        values = struct.unpack_from("<" + form, self.data, self.at)
        self.at += struct.calcsize("<" + form)
        return values[0] if len(values) == 1 else values

    def bytes(self, count):
        self.at += count
        return self.data[self.at - count:self.at]

    def text(self):
        return self.bytes(self.take("I")).decode()


def check(condition, what):
    if not condition:
        raise SystemExit("damaged: " + what)


def lz4_block(data, length):
    return lz4.block.decompress(data, uncompressed_size=length)


def planes(data, raw_length, element):
    """Byte planes, each copied or LZ4."""
    cursor = Cursor(data)
    check(cursor.take("B") == element, "number of planes")
    heads = [cursor.take("BI") for _ in range(element)]
    count = raw_length // element
    out = np.empty((count, element), np.uint8)
    for plane, (packed, length) in enumerate(heads):
        stored = cursor.bytes(length)
        out[:, plane] = np.frombuffer(lz4_block(stored, count) if packed else stored, np.uint8)
    return out.tobytes()


def decode(file, entry, element, width):
    offset, stored_length, raw_length, encoding, stored_sum, raw_sum = entry
    stored = file[offset:offset + stored_length]
    check(xxhash.xxh3_64_intdigest(stored) == stored_sum, "a block's stored bytes")
    if encoding == 0:
        raw = stored
    elif encoding == 1:
        raw = planes(stored, raw_length, BYTES[element])
    else:
        raise SystemExit(f"unknown encoding {encoding}")
    check(len(raw) == raw_length and xxhash.xxh3_64_intdigest(raw) == raw_sum, "a decoded block")
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
        name, element, width, block_rows = footer.text(), footer.text(), footer.take("I"), footer.take("I")
        footer.bytes(32 if version == 1 else 48)  # minimum, maximum, NaN count, mean norm; errors of lossy columns
        entries = [footer.take("QIIIQQ") for _ in range(footer.take("I"))]
        columns[name] = element, width, b"".join(decode(file, entry, element, width) for entry in entries)
        check(len(columns[name][2]) == rows * width * BYTES[element], "rows of " + name)
    return columns


def main(store):
    catalog = sqlite3.connect(f"file:{store}/catalog.sqlite?mode=ro", uri=True)
    version = catalog.execute("PRAGMA user_version").fetchone()[0]
    captures = catalog.execute("SELECT c.id, m.name, d.name FROM captures c JOIN models m ON m.id = c.model JOIN datasets d ON d.id = c.dataset ORDER BY 2, 3").fetchall()
    for capture, model, dataset in captures:
        files = catalog.execute("SELECT file FROM chunks WHERE capture = ? ORDER BY first_row", (capture,)).fetchall()
        whole = {}
        for (name,) in files:
            path = os.path.join(store, "chunks", name[:2], name)
            check(xxhash.xxh3_128_hexdigest(open(path, "rb").read()) == name, "name of " + path)
            for column, (element, width, raw) in chunk(path).items():
                whole.setdefault(column, (element, width, []))[2].append(raw)
        for column, (element, width, parts) in whole.items():
            raw = b"".join(parts)
            print(json.dumps({"capture": f"{model}/{dataset}", "column": column, "type": element, "rows": len(raw) // width // BYTES[element], "width": width, "xxh3": xxhash.xxh3_128_hexdigest(raw)}))


if __name__ == "__main__":
    main(sys.argv[1])
