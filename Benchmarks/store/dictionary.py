"""Sparse autoencoders over the encoder's activations, so that top-k data has the statistics of a trained dictionary."""

from __future__ import annotations

import numpy as np
import torch

K = 32
BATCH = 512


class Dictionary:
    """Tied top-k autoencoder: latent j reads along unit direction w_j, and a token is its mean plus Σ value · w."""

    def __init__(self, data: torch.Tensor, latents: int, seed: int):
        generator = torch.Generator().manual_seed(seed)
        self.generator = generator
        self.mean = data.mean(0)
        # Directions of real tokens are a far better start than noise: a few steps then give a dictionary that is used.
        chosen = torch.randperm(len(data), generator=generator)[:latents]
        self.weights = torch.nn.Embedding(latents, data.shape[1], sparse=True)
        with torch.no_grad():
            self.weights.weight.copy_(torch.nn.functional.normalize(data[chosen] - self.mean))

    def train(self, data: torch.Tensor, steps: int) -> list[float]:
        """Adam on the selected latents only; returns the unexplained share of variance, a number for each step."""
        optimiser = torch.optim.SparseAdam(self.weights.parameters(), lr=1e-3)
        losses = []
        for _ in range(steps):
            rows = torch.randint(len(data), (BATCH,), generator=self.generator)
            x = data[rows] - self.mean
            with torch.no_grad():
                indices = (x @ self.weights.weight.T).topk(K).indices
            atoms = self.weights(indices)
            values = torch.einsum("bd,bkd->bk", x, atoms).relu()
            error = (x - torch.einsum("bk,bkd->bd", values, atoms)).square().sum() / x.square().sum()
            optimiser.zero_grad()
            error.backward()
            optimiser.step()
            with torch.no_grad():
                used = indices.unique()
                self.weights.weight[used] = torch.nn.functional.normalize(self.weights.weight[used])
            losses.append(error.item())
        return losses

    @torch.inference_mode()
    def encode(self, data: torch.Tensor) -> tuple[np.ndarray, np.ndarray]:
        """Indices (u32) and values (f32), `tokens × 32`, by falling value and then rising index."""
        indices, values = [], []
        for first in range(0, len(data), BATCH):
            top = ((data[first : first + BATCH] - self.mean) @ self.weights.weight.T).relu().topk(K)
            indices.append(top.indices.numpy())
            values.append(top.values.numpy())
        return in_value_order(np.concatenate(indices), np.concatenate(values))


def in_value_order(indices: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The order that the store keeps; latents that are not active become 2³² − 1 with the value 0."""
    order = np.lexsort((indices, -values), axis=1)
    indices = np.take_along_axis(indices, order, 1).astype(np.uint32)
    values = np.take_along_axis(values, order, 1).astype(np.float32)
    return np.where(values > 0, indices, np.uint32(0xFFFF_FFFF)), np.where(values > 0, values, np.float32(0))
