"""Sparse autoencoders over the encoder's activations, so that top-k data has the statistics of a trained dictionary."""

from __future__ import annotations

import numpy as np
import torch

K = 32
BATCH = 512
RATE = 3e-3


class Dictionary:
    """Top-k autoencoder: latent j reads along e_j and writes along the unit direction d_j, x ≈ mean + Σ (e_j·x) d_j."""

    def __init__(self, data: torch.Tensor, latents: int, seed: int):
        generator = torch.Generator().manual_seed(seed)
        self.generator = generator
        self.mean = data.mean(0)
        # Directions of real tokens are a far better start than noise: a few steps then give a dictionary that is used.
        chosen = torch.randperm(len(data), generator=generator)[:latents]
        self.encoder = torch.nn.Embedding(latents, data.shape[1], sparse=True)
        self.decoder = torch.nn.Embedding(latents, data.shape[1], sparse=True)
        with torch.no_grad():
            self.decoder.weight.copy_(torch.nn.functional.normalize(data[chosen] - self.mean))
            self.encoder.weight.copy_(self.decoder.weight)
            # Neighbours say the same thing K times: scaled down to what explains most together.
            x, atoms, values = self._active(data)
            reconstruction = torch.einsum("bk,bkd->bd", values, atoms)
            self.encoder.weight *= (x * reconstruction).sum() / reconstruction.square().sum()

    def _active(self, data: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Random centred rows, the directions that their active latents write along, and the latents' values."""
        x = data[torch.randint(len(data), (BATCH,), generator=self.generator)] - self.mean
        with torch.no_grad():
            self.indices = (x @ self.encoder.weight.T).topk(K).indices
        return x, self.decoder(self.indices), torch.einsum("bd,bkd->bk", x, self.encoder(self.indices)).relu()

    def train(self, data: torch.Tensor, steps: int) -> list[float]:
        """Adam on the active latents; returns the unexplained share of variance, a number for each step."""
        scale = self.encoder.weight.norm(dim=1).mean().item()
        optimisers = [
            torch.optim.SparseAdam(self.decoder.parameters(), lr=RATE),
            torch.optim.SparseAdam(self.encoder.parameters(), lr=RATE * scale),
        ]
        losses = []
        for _ in range(steps):
            x, atoms, values = self._active(data)
            error = (x - torch.einsum("bk,bkd->bd", values, atoms)).square().sum() / x.square().sum()
            for optimiser in optimisers:
                optimiser.zero_grad()
            error.backward()
            for optimiser in optimisers:
                optimiser.step()
            with torch.no_grad():
                used = self.indices.unique()
                self.decoder.weight[used] = torch.nn.functional.normalize(self.decoder.weight[used])
            losses.append(error.item())
        return losses

    @torch.inference_mode()
    def encode(self, data: torch.Tensor) -> tuple[np.ndarray, np.ndarray]:
        """Indices (u32) and values (f32), `tokens × 32`, by falling value and then rising index."""
        indices, values = [], []
        for first in range(0, len(data), BATCH):
            top = ((data[first : first + BATCH] - self.mean) @ self.encoder.weight.T).relu().topk(K)
            indices.append(top.indices.numpy())
            values.append(top.values.numpy())
        return in_value_order(np.concatenate(indices), np.concatenate(values))


def in_value_order(indices: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The order that the store keeps; latents that are not active become 2³² − 1 with the value 0."""
    order = np.lexsort((indices, -values), axis=1)
    indices = np.take_along_axis(indices, order, 1).astype(np.uint32)
    values = np.take_along_axis(values, order, 1).astype(np.float32)
    return np.where(values > 0, indices, np.uint32(0xFFFF_FFFF)), np.where(values > 0, values, np.float32(0))
