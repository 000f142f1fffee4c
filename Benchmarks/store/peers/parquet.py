from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from .peer import Peer

GROUP = 1024


class Parquet(Peer):
    """A row is one fixed-size binary value: the leanest form Parquet has for a vector, and free to turn into NumPy."""

    title = "Parquet LZ4"
    compressed = True
    piece_rows = GROUP
    setting = "one file a layer, a row as 1,536 fixed bytes, row groups of 1,024 rows"
    options = {"compression": "lz4", "use_dictionary": False, "write_statistics": False}
    # Values of the file's column for each row.
    values = 1

    def schema(self) -> pa.Schema:
        return pa.schema([pa.field("x", pa.binary(self.width * 2), nullable=False)])

    def array(self, rows: np.ndarray) -> pa.Array:
        return pa.FixedSizeBinaryArray.from_buffers(pa.binary(self.width * 2), len(rows), [None, pa.py_buffer(rows)])

    def numbers(self, table: pa.Table) -> np.ndarray:
        column = table.column(0)
        # A group of more than one chunk does not occur at these sizes; if it did, this copies.
        joined = column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
        flat = np.frombuffer(joined.buffers()[1], np.float16, count=len(joined) * self.width // self.values)
        return flat.reshape(-1, self.width)

    def ingest(self, path: Path) -> None:
        path.mkdir()

        def write(layer: int) -> None:
            table = pa.Table.from_arrays([self.array(self.layers[layer])], schema=self.schema())
            pq.write_table(table, path / f"{layer}.parquet", row_group_size=GROUP * self.values, **self.options)

        self.each_layer(write)

    def append(self, path: Path) -> None:
        path.mkdir()
        schema = self.schema()
        writers = [pq.ParquetWriter(path / f"{layer}.parquet", schema, **self.options) for layer in range(len(self.layers))]
        for first, end in self.prompts():
            for writer, layer in zip(writers, self.layers, strict=True):
                batch = pa.RecordBatch.from_arrays([self.array(layer[first:end])], schema=schema)
                writer.write_batch(batch, row_group_size=GROUP * self.values)
        for writer in writers:
            writer.close()

    def open(self, path: Path) -> None:
        self.path = path

    def _file(self, layer: int) -> pq.ParquetFile:
        # A ParquetFile is not for several threads.
        if not hasattr(self.local, "files"):
            self.local.files = [pq.ParquetFile(self.path / f"{layer}.parquet", memory_map=True) for layer in range(len(self.layers))]
        return self.local.files[layer]

    def _group(self, layer: int, group: int) -> np.ndarray:
        return self.numbers(self._file(layer).read_row_group(group, use_threads=False))

    def piece(self, layer: int, first: int, end: int) -> np.ndarray:
        parts = []
        for group in range(first // GROUP, (end - 1) // GROUP + 1):
            start = group * GROUP
            parts.append(self._group(layer, group)[max(0, first - start) : end - start])
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def take(self, layer: int, rows: np.ndarray) -> np.ndarray:
        out = np.empty((len(rows), self.width), np.float16)
        order = np.argsort(rows, kind="stable")
        groups = rows[order] // GROUP
        parts = np.split(order, np.flatnonzero(np.diff(groups)) + 1)

        def fill(places: np.ndarray) -> None:
            group = int(rows[places[0]] // GROUP)
            out[places] = self._group(layer, group)[rows[places] - group * GROUP]

        list(self.pool.map(fill, parts))
        return out


class ParquetByteStreamSplit(Parquet):
    """Byte stream split works on numbers: the column is f16, 768 values a row."""

    title = "Parquet BSS LZ4"
    setting = "one file a layer, a flat f16 column with BYTE_STREAM_SPLIT, row groups of 1,024 rows"
    options = {
        "compression": "lz4", "use_dictionary": False, "write_statistics": False, "use_byte_stream_split": True,
        "data_page_size": 1 << 20,
    }
    values = 768

    def schema(self) -> pa.Schema:
        return pa.schema([pa.field("x", pa.float16(), nullable=False)])

    def array(self, rows: np.ndarray) -> pa.Array:
        return pa.array(rows.reshape(-1))


class ParquetZstd(ParquetByteStreamSplit):
    """LZ4 finds nothing in split f16; zstd does."""

    title = "Parquet BSS zstd"
    setting = "as Parquet BSS LZ4, with zstd level 1"
    options = {**ParquetByteStreamSplit.options, "compression": "zstd", "compression_level": 1}
