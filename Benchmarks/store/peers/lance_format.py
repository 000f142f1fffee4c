from __future__ import annotations

from pathlib import Path

import lance
import numpy as np
import pyarrow as pa

from .peer import Peer


class Lance(Peer):
    title = "Lance"
    setting = "one dataset, a fixed-size list of 768 f16 a layer, the library's defaults"

    def _batch(self, first: int, end: int) -> pa.RecordBatch:
        columns = [
            pa.FixedSizeListArray.from_arrays(pa.array(layer[first:end].reshape(-1)), self.width) for layer in self.layers
        ]
        return pa.RecordBatch.from_arrays(columns, names=[str(index) for index in range(len(columns))])

    def _write(self, path: Path, step: int) -> None:
        bounds = [(first, min(first + step, self.rows)) for first in range(0, self.rows, step)]
        batches = (self._batch(*bound) for bound in bounds)
        reader = pa.RecordBatchReader.from_batches(self._batch(0, 1).schema, batches)
        lance.write_dataset(reader, str(path), max_rows_per_file=1 << 30)

    def ingest(self, path: Path) -> None:
        self._write(path, 8192)

    def append(self, path: Path) -> None:
        self._write(path, 128)

    def open(self, path: Path) -> None:
        self.dataset = lance.dataset(str(path))

    def _array(self, table: pa.Table | pa.RecordBatch, layer: int) -> np.ndarray:
        column = table.column(str(layer))
        if isinstance(column, pa.ChunkedArray):
            if column.num_chunks > 1:
                return np.concatenate([self._values(chunk) for chunk in column.chunks])
            column = column.chunk(0)
        return self._values(column)

    def _values(self, column: pa.FixedSizeListArray) -> np.ndarray:
        return column.flatten().to_numpy(zero_copy_only=True).reshape(-1, self.width)

    def column_sums(self, layers: list[int], widen: str) -> list[np.ndarray]:
        # Its own scanner reads ahead; the threads here widen and add.
        add = self._add_torch if widen == "torch" else self._add_numpy
        sums = {layer: np.zeros(self.width, np.float32) for layer in layers}
        batches = self.dataset.to_batches(columns=[str(layer) for layer in layers], batch_size=2048)
        jobs = ((layer, self._array(batch, layer)) for batch in batches for layer in layers)
        waiting = []
        for layer, block in jobs:
            waiting.append((layer, self.pool.submit(add, block)))
            if len(waiting) > 16:
                done, result = waiting.pop(0)
                sums[done] += result.result()
        for done, result in waiting:
            sums[done] += result.result()
        return [sums[layer] for layer in layers]

    def piece(self, layer: int, first: int, end: int) -> np.ndarray:
        table = self.dataset.to_table(columns=[str(layer)], offset=first, limit=end - first)
        return self._array(table, layer)

    def read_into(self, layer: int, target: np.ndarray) -> None:
        row = 0
        for batch in self.dataset.to_batches(columns=[str(layer)], batch_size=2048):
            np.copyto(target[row : row + batch.num_rows], self._array(batch, layer))
            row += batch.num_rows

    def slice(self, layer: int, first: int, end: int) -> np.ndarray:
        return self._array(self.dataset.take(range(first, end), columns=[str(layer)]), layer)

    def take(self, layer: int, rows: np.ndarray) -> np.ndarray:
        return self._array(self.dataset.take(rows, columns=[str(layer)]), layer)

    def close(self) -> None:
        del self.dataset
