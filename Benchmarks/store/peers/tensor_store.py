from __future__ import annotations

from pathlib import Path

import numpy as np
import tensorstore as ts

from .peer import THREADS, Peer

BLOSC = {"name": "blosc", "configuration": {"cname": "lz4", "clevel": 5, "shuffle": "bitshuffle", "typesize": 2, "blocksize": 0}}


class TensorStore(Peer):
    title = "TensorStore zarr3 LZ4"
    compressed = True
    chunk = 256
    shard = 256 * 16
    setting = "zarr3 driver, shards of 4,096 rows, inner chunks of 256, blosc (LZ4, bit shuffle); when appending, unsharded chunks of 128"

    def _open(self, path: Path, layer: int, create: bool, sharded: bool = True) -> ts.TensorStore:
        spec = {
            "driver": "zarr3",
            "kvstore": {"driver": "file", "path": str(path / str(layer)), "file_io_sync": False},
            "context": {
                "cache_pool": {"total_bytes_limit": 0}, "data_copy_concurrency": {"limit": THREADS},
                "file_io_concurrency": {"limit": THREADS},
            },
            "recheck_cached_data": "open",
        }
        if create:
            little = {"name": "bytes", "configuration": {"endian": "little"}}
            inner = [little, BLOSC]
            shard = {
                "name": "sharding_indexed",
                "configuration": {"chunk_shape": [self.chunk, self.width], "codecs": inner, "index_location": "end"},
            }
            spec["metadata"] = {
                "shape": [self.rows, self.width],
                "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": [self.shard if sharded else 128, self.width]}},
                "data_type": "float16",
                "codecs": [shard] if sharded else inner,
            }
        return ts.open(spec, create=create, open=not create).result()

    def ingest(self, path: Path) -> None:
        path.mkdir()
        writes = [self._open(path, index, True).write(layer) for index, layer in enumerate(self.layers)]
        for write in writes:
            write.result()

    def append(self, path: Path) -> None:
        path.mkdir()
        stores = [self._open(path, index, True, sharded=False) for index in range(len(self.layers))]
        for first, end in self.prompts():
            writes = [store[first:end].write(layer[first:end]) for store, layer in zip(stores, self.layers, strict=True)]
            for write in writes:
                write.result()

    def open(self, path: Path) -> None:
        self.stores = [self._open(path, layer, False) for layer in range(len(self.layers))]

    def piece(self, layer: int, first: int, end: int) -> np.ndarray:
        return self.stores[layer][first:end].read().result()

    def read_into(self, layer: int, target: np.ndarray) -> None:
        ts.array(target).write(self.stores[layer]).result()

    def take(self, layer: int, rows: np.ndarray) -> np.ndarray:
        return self.stores[layer][rows, :].read().result()

    def close(self) -> None:
        del self.stores
