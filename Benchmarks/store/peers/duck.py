from __future__ import annotations

from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from .peer import THREADS, Peer


class DuckDB(Peer):
    """It has no f16: the numbers go in and come out as f32, and GB/s still count f16 bytes."""

    title = "DuckDB (f32)"
    share = 0.1
    compressed = True
    setting = "a table with a FLOAT[768] a layer; a tenth of the rows"

    def _connect(self, path: Path, read_only: bool) -> duckdb.DuckDBPyConnection:
        return duckdb.connect(str(path), read_only=read_only, config={"threads": THREADS})

    def _batch(self, first: int, end: int) -> pa.Table:
        columns = [
            pa.FixedSizeListArray.from_arrays(pa.array(layer[first:end].astype(np.float32).reshape(-1)), self.width)
            for layer in self.layers
        ]
        return pa.table([pa.array(np.arange(first, end)), *columns], names=["row", *(f"l{index}" for index in range(len(columns)))])

    def _insert(self, path: Path, step: int) -> None:
        with self._connect(path, False) as database:
            fields = ", ".join(f"l{index} FLOAT[{self.width}]" for index in range(len(self.layers)))
            database.execute(f'CREATE TABLE t ("row" BIGINT, {fields})')
            database.execute("BEGIN")
            for first in range(0, self.rows, step):
                batch = self._batch(first, min(first + step, self.rows))
                database.register("batch", batch)
                database.execute("INSERT INTO t SELECT * FROM batch")
                database.unregister("batch")
            database.execute("COMMIT")

    def ingest(self, path: Path) -> None:
        self._insert(path, 1 << 14)

    def append(self, path: Path) -> None:
        self._insert(path, 128)

    def open(self, path: Path) -> None:
        self.database = self._connect(path, True)

    def _query(self, text: str, *values) -> np.ndarray:
        column = self.database.execute(text, values).to_arrow_table().column(0)
        joined = column.combine_chunks() if column.num_chunks != 1 else column.chunk(0)
        return joined.flatten().to_numpy(zero_copy_only=True).reshape(-1, self.width)

    def column_sums(self, layers: list[int], widen: str) -> list[np.ndarray]:
        add = self._add_torch if widen == "torch" else self._add_numpy
        sums = []
        for layer in layers:
            total = np.zeros(self.width, np.float32)
            for batch in self.database.execute(f"SELECT l{layer} FROM t").to_arrow_reader(1 << 13):
                total += add(batch.column(0).flatten().to_numpy(zero_copy_only=True).reshape(-1, self.width))
            sums.append(total)
        return sums

    def read_into(self, layer: int, target: np.ndarray) -> None:
        row = 0
        for batch in self.database.execute(f"SELECT l{layer} FROM t ORDER BY \"row\"").to_arrow_reader(1 << 13):
            values = batch.column(0).flatten().to_numpy(zero_copy_only=True).reshape(-1, self.width)
            np.copyto(target[row : row + len(values)], values, casting="same_kind")
            row += len(values)

    def piece(self, layer: int, first: int, end: int) -> np.ndarray:
        return self._query(f'SELECT l{layer} FROM t WHERE "row" >= ? AND "row" < ? ORDER BY "row"', first, end)

    def take(self, layer: int, rows: np.ndarray) -> np.ndarray:
        text = f'SELECT l{layer} FROM unnest(?) WITH ORDINALITY AS wanted(id, place) JOIN t ON t."row" = wanted.id ORDER BY place'
        return self._query(text, rows.tolist())

    def close(self) -> None:
        self.database.close()
