"""Random models of Qwen2.5-0.5B's shape: `model.py FOLDER` makes FOLDER/f32 and, with the same numbers rounded, FOLDER/bf16 and FOLDER/f16;
and of three times the size, for memory alone, FOLDER/wide-bf16 and FOLDER/wide-f16."""

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


# 1.5 billion weights: 3 GB of half precision.
WIDE = {**SHAPE, "hidden_size": 2048, "num_hidden_layers": 20, "num_attention_heads": 16, "intermediate_size": 8192}


def random_model(shape: dict) -> Qwen2ForCausalLM:
    torch.manual_seed(3)
    return Qwen2ForCausalLM(Qwen2Config(**shape, initializer_range=0.02, bos_token_id=None, eos_token_id=None))


def make(folder: Path) -> None:
    def lacks(*kinds: str) -> bool:
        return any(not (folder / kind / "model.safetensors").exists() for kind in kinds)

    if lacks("f32", "bf16", "f16"):
        model = random_model(SHAPE).to(torch.bfloat16)
        model.save_pretrained(folder / "bf16")
        model.to(torch.float32).save_pretrained(folder / "f32")
        model.to(torch.float16).save_pretrained(folder / "f16")
    if lacks("wide-bf16", "wide-f16"):
        # In half precision from the start: 3 GB instead of 6.
        torch.set_default_dtype(torch.bfloat16)
        model = random_model(WIDE)
        torch.set_default_dtype(torch.float32)
        model.save_pretrained(folder / "wide-bf16", max_shard_size="100GB")
        model.to(torch.float16).save_pretrained(folder / "wide-f16", max_shard_size="100GB")


if __name__ == "__main__":
    make(Path(sys.argv[1]))
