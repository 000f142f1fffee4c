"""The libraries that Varve's store is compared with, each in the fastest formulation we know that a user would write."""

from __future__ import annotations

from importlib import import_module

from .peer import Peer

# name on the command line → module and class, in the table's order.
PEERS = {
    "npy": ("npy", "NumPyFiles"),
    "safetensors": ("tensors", "Safetensors"),
    "hdf5": ("hdf5", "HDF5"),
    "hdf5-blosc": ("hdf5", "HDF5Blosc"),
    "tensorstore": ("tensor_store", "TensorStore"),
    "zarr": ("zarr3", "Zarr"),
    "blosc2-lz4": ("blosc", "Blosc2LZ4"),
    "blosc2-zstd": ("blosc", "Blosc2Zstd"),
    "lance": ("lance_format", "Lance"),
    "parquet": ("parquet", "Parquet"),
    "parquet-bss": ("parquet", "ParquetByteStreamSplit"),
    "parquet-zstd": ("parquet", "ParquetZstd"),
    "duckdb": ("duck", "DuckDB"),
}


def load(name: str) -> type[Peer]:
    """The peer's class; imports its library only now."""
    module, kind = PEERS[name]
    return getattr(import_module(f".{module}", __package__), kind)
