"""Random models of Qwen2.5-0.5B's shape: `model.py FOLDER` makes FOLDER/f32 and, with the same numbers rounded, FOLDER/bf16."""

from __future__ import annotations

import sys
from pathlib import Path

import torch
from transformers import Qwen2Config, Qwen2ForCausalLM

SHAPE = {
    "hidden_size": 896, "num_hidden_layers": 24, "num_attention_heads": 14, "num_key_value_heads": 2, "intermediate_size": 4864,
    "vocab_size": 151936, "max_position_embeddings": 32768, "rms_norm_eps": 1e-6, "tie_word_embeddings": True,
    "rope_parameters": {"rope_type": "default", "rope_theta": 1000000.0}, "use_sliding_window": False,
}


def make(folder: Path) -> None:
    if (folder / "bf16" / "model.safetensors").exists():
        return
    torch.manual_seed(3)
    model = Qwen2ForCausalLM(Qwen2Config(**SHAPE, initializer_range=0.02, bos_token_id=None, eos_token_id=None))
    model.to(torch.bfloat16).to(torch.float32).save_pretrained(folder / "f32")
    model.to(torch.bfloat16).save_pretrained(folder / "bf16")


if __name__ == "__main__":
    make(Path(sys.argv[1]))
