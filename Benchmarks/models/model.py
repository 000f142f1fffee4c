"""Random models of Qwen2.5-0.5B's shape: `model.py FOLDER` makes FOLDER/f32 and, with the same numbers rounded, FOLDER/bf16 and FOLDER/f16;
and of three times the size, for memory alone, FOLDER/wide-bf16 and FOLDER/wide-f16. `make_large` makes one of 15 GB."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import torch
from safetensors.torch import save_file
from transformers import Qwen2Config, Qwen2ForCausalLM

SHAPE = {
    "hidden_size": 896, "num_hidden_layers": 24, "num_attention_heads": 14, "num_key_value_heads": 2, "intermediate_size": 4864,
    "vocab_size": 151936, "max_position_embeddings": 32768, "rms_norm_eps": 1e-6, "tie_word_embeddings": True,
    "rope_parameters": {"rope_type": "default", "rope_theta": 1000000.0}, "use_sliding_window": False,
}


# 1.5 billion weights: 3 GB of half precision.
WIDE = {**SHAPE, "hidden_size": 2048, "num_hidden_layers": 20, "num_attention_heads": 16, "intermediate_size": 8192}

# Qwen2.5-7B.
LARGE = {
    **SHAPE, "hidden_size": 3584, "num_hidden_layers": 28, "num_attention_heads": 28, "num_key_value_heads": 4, "intermediate_size": 18944,
    "vocab_size": 152064, "tie_word_embeddings": False}


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


def make_large(folder: Path) -> None:
    """One file a layer, so that no more than that is in memory."""
    folder.mkdir(parents=True, exist_ok=True)
    config = {**Qwen2Config(**LARGE).to_dict(), "architectures": ["Qwen2ForCausalLM"], "torch_dtype": "bfloat16"}
    (folder / "config.json").write_text(json.dumps(config, indent=1))
    torch.manual_seed(3)
    width, inner = LARGE["hidden_size"], LARGE["intermediate_size"]
    narrow = width // LARGE["num_attention_heads"] * LARGE["num_key_value_heads"]
    layer = {
        "self_attn.q_proj": (width, width), "self_attn.k_proj": (narrow, width), "self_attn.v_proj": (narrow, width),
        "self_attn.o_proj": (width, width), "mlp.gate_proj": (inner, width), "mlp.up_proj": (inner, width), "mlp.down_proj": (width, inner)}
    places: dict[str, str] = {}

    def write(file: str, shapes: dict[str, tuple[int, ...]]) -> None:
        tensors = {
            name: torch.ones(shape, dtype=torch.bfloat16) if "norm" in name else torch.empty(shape, dtype=torch.bfloat16).normal_(0, 0.02)
            for name, shape in shapes.items()}
        save_file(tensors, folder / file, metadata={"format": "pt"})
        places.update(dict.fromkeys(shapes, file))

    for index in range(LARGE["num_hidden_layers"]):
        shapes = {f"model.layers.{index}.{name}.weight": shape for name, shape in layer.items()}
        shapes |= {f"model.layers.{index}.self_attn.{name}_proj.bias": (size,) for name, size in (("q", width), ("k", narrow), ("v", narrow))}
        shapes |= {f"model.layers.{index}.{name}_layernorm.weight": (width,) for name in ("input", "post_attention")}
        write(f"model-layer-{index:02}.safetensors", shapes)
    write("model-ends.safetensors", {
        "model.embed_tokens.weight": (LARGE["vocab_size"], width), "lm_head.weight": (LARGE["vocab_size"], width), "model.norm.weight": (width,)})
    (folder / "model.safetensors.index.json").write_text(json.dumps({"metadata": {}, "weight_map": places}))


if __name__ == "__main__":
    make(Path(sys.argv[1]))
