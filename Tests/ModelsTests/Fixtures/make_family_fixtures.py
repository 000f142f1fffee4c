"""Tiny random models of every family, and what transformers and PEFT compute with them, for the tests of Models.

    pip install torch transformers peft safetensors numpy
    python make_family_fixtures.py             # families/NAME (the model), families/NAME-lora, families/NAME.safetensors

All passes run in f32 on the widened stored weights, one prompt at a time, with eager attention. Windows, soft caps and the
first contexts of scaled rotary positions are shorter than the prompts, so that they matter.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import torch
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors.numpy import load_file, save_file
from transformers import AutoModelForCausalLM
from transformers import Gemma2Config, GemmaConfig, GPT2Config, GPTNeoXConfig, LlamaConfig, MistralConfig
from transformers import Phi3Config, Qwen2Config, Qwen3Config

HERE = Path(__file__).resolve().parent / "families"
LENGTHS = (1, 9, 25)
VOCABULARY = 96
GENERATED = 16
Arrays = dict[str, np.ndarray]

COMMON = {"vocab_size": VOCABULARY, "initializer_range": 0.2, "bos_token_id": None, "eos_token_id": None, "pad_token_id": None}
SIZES = COMMON | {"hidden_size": 24, "intermediate_size": 40, "num_hidden_layers": 3, "max_position_embeddings": 64}

# name: (configuration, stored type, bytes a shard or None, old spellings that replace what transformers 5 writes)
MODELS = {
    "qwen2": (Qwen2Config(
        **SIZES, num_attention_heads=4, num_key_value_heads=2, use_sliding_window=True, sliding_window=5,
        max_window_layers=1, tie_word_embeddings=True), torch.bfloat16, None, None),
    "qwen3": (Qwen3Config(
        **SIZES, num_attention_heads=4, num_key_value_heads=2, head_dim=10, tie_word_embeddings=False,
        use_sliding_window=False, rope_parameters={"rope_type": "default", "rope_theta": 50000.0}),
        torch.float16, None, None),
    "llama": (LlamaConfig(
        **SIZES, num_attention_heads=6, num_key_value_heads=2, tie_word_embeddings=False), torch.bfloat16, "12KB", {
            "rope_parameters": None, "rope_theta": 5000.0, "rope_scaling": {
                "rope_type": "llama3", "factor": 4.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
                "original_max_position_embeddings": 8}}),
    "llama-linear": (LlamaConfig(
        **SIZES, num_attention_heads=3, num_key_value_heads=3, attention_bias=True, mlp_bias=True,
        tie_word_embeddings=False), torch.float32, None, {
            "rope_parameters": None, "rope_theta": 10000.0, "rope_scaling": {"type": "linear", "factor": 2.5}}),
    "mistral": (MistralConfig(
        **SIZES, num_attention_heads=4, num_key_value_heads=2, sliding_window=6, head_dim=8), torch.bfloat16, None,
        {"rope_parameters": None, "rope_theta": 1000.0}),
    "gemma": (GemmaConfig(
        **SIZES, num_attention_heads=3, num_key_value_heads=1, head_dim=12), torch.bfloat16, None,
        {"hidden_act": "gelu"}),
    "gemma2": (Gemma2Config(
        **SIZES, num_attention_heads=4, num_key_value_heads=2, head_dim=8, query_pre_attn_scalar=20, sliding_window=4,
        attn_logit_softcapping=2.0, final_logit_softcapping=3.0), torch.float16, None, None),
    "phi3": (Phi3Config(
        **SIZES, num_attention_heads=4, num_key_value_heads=2, sliding_window=7, tie_word_embeddings=False,
        original_max_position_embeddings=64, rope_parameters={
            "rope_type": "default", "rope_theta": 10000.0, "partial_rotary_factor": 0.75}), torch.bfloat16, None, None),
    "phi3-long": (Phi3Config(
        **SIZES, num_attention_heads=3, num_key_value_heads=3, tie_word_embeddings=False,
        original_max_position_embeddings=12, rope_parameters={
            "rope_type": "longrope", "rope_theta": 10000.0, "original_max_position_embeddings": 12,
            "short_factor": [1.0, 1.1, 1.3, 1.6], "long_factor": [1.0, 2.0, 3.5, 5.0]}), torch.float32, None, None),
    "gpt2": (GPT2Config(
        **COMMON, n_embd=24, n_layer=3, n_head=3, n_positions=48), torch.float32, None, None),
    "gpt2-bare": (GPT2Config(
        **COMMON, n_embd=24, n_layer=2, n_head=2, n_positions=32, n_inner=36, activation_function="relu"),
        torch.float16, None, None),
    "neox": (GPTNeoXConfig(
        **SIZES, num_attention_heads=2, rope_parameters={
            "rope_type": "default", "rope_theta": 10000.0, "partial_rotary_factor": 0.34}), torch.float16, None, {
            "rope_parameters": None, "rotary_emb_base": 10000, "rotary_pct": 0.34}),
    "neox-sequential": (GPTNeoXConfig(
        **SIZES, num_attention_heads=3, use_parallel_residual=False, attention_bias=False, tie_word_embeddings=True,
        hidden_act="gelu_new", rope_parameters={
            "rope_type": "default", "rope_theta": 10000.0, "partial_rotary_factor": 1.0}),
        torch.bfloat16, None, None),
}
ADAPTERS = {
    "llama": {"r": 2, "lora_alpha": 5, "target_modules": "all-linear", "use_rslora": True},
    "phi3": {"r": 2, "lora_alpha": 3, "target_modules": ["qkv_proj", "o_proj", "gate_up_proj", "down_proj"]},
    "gpt2": {"r": 3, "lora_alpha": 4, "target_modules": ["c_attn", "c_proj", "c_fc"], "fan_in_fan_out": True},
    "neox": {"r": 1, "lora_alpha": 2, "target_modules": [
        "query_key_value", "dense", "dense_h_to_4h", "dense_4h_to_h"], "layers_to_transform": [1, 2]},
}
GREEDY = ("qwen2", "llama", "mistral", "gemma2", "phi3", "phi3-long", "gpt2", "neox")


# --- the models ----------------------------------------------------------------------------------------------------------


def make(name: str) -> None:
    config, dtype, shard, old = MODELS[name]
    folder = HERE / name
    torch.manual_seed(sum(name.encode()))
    model = AutoModelForCausalLM.from_config(config)
    generator = torch.Generator().manual_seed(11)
    with torch.no_grad():
        for key, parameter in model.named_parameters():
            if key.endswith("bias"):
                parameter.normal_(0, 0.2, generator=generator)
            elif "norm" in key or "ln_" in key:
                centre = 0.0 if name.startswith("gemma") else 1.0
                parameter.uniform_(centre - 0.5, centre + 0.5, generator=generator)
    model.to(dtype).save_pretrained(folder, **({"max_shard_size": shard} if shard else {}))
    (folder / "generation_config.json").unlink(missing_ok=True)
    path = folder / "config.json"
    settings = json.loads(path.read_text())
    for key, value in (old or {}).items():
        if value is None:
            settings.pop(key, None)
        else:
            settings[key] = value
    path.write_text(json.dumps(settings, indent=1, sort_keys=True) + "\n")
    if name == "gpt2-bare":
        weights = folder / "model.safetensors"
        save_file({key.removeprefix("transformer."): value for key, value in load_file(weights).items()}, weights)


def load(name: str) -> torch.nn.Module:
    return AutoModelForCausalLM.from_pretrained(
        HERE / name, dtype=torch.float32, attn_implementation="eager").eval()


def adapter(name: str) -> PeftModel:
    folder = HERE / f"{name}-lora"
    model = get_peft_model(load(name), LoraConfig(**ADAPTERS[name], lora_dropout=0.0, task_type="CAUSAL_LM")).eval()
    generator = torch.Generator().manual_seed(23)
    with torch.no_grad():
        for key, parameter in model.named_parameters():
            if "lora_" in key:
                parameter.normal_(0, 0.4, generator=generator)
    model.save_pretrained(folder)
    (folder / "README.md").unlink(missing_ok=True)
    path = folder / "adapter_config.json"
    settings = json.loads(path.read_text())
    settings["base_model_name_or_path"] = None
    settings["target_modules"] = sorted(settings["target_modules"])
    path.write_text(json.dumps(settings, indent=1, sort_keys=True) + "\n")
    return model


# --- what is recorded ------------------------------------------------------------------------------------------------------


def parts(model: torch.nn.Module):
    """embedding, layers, final norm of any family."""
    inner = getattr(model, "model", None) or getattr(model, "transformer", None) or model.gpt_neox
    if hasattr(inner, "h"):
        return inner.wte, inner.h, inner.ln_f
    if hasattr(inner, "embed_in"):
        return inner.embed_in, inner.layers, inner.final_layer_norm
    return inner.embed_tokens, inner.layers, inner.norm


def record(model: torch.nn.Module, prompts: list[list[int]], layers: set[int]) -> Arrays:
    """Every site of some layers, resid_post and adapter scalars of all, tokens of all prompts one after another."""
    decoder = model.get_base_model() if isinstance(model, PeftModel) else model
    config = decoder.config
    found: dict[str, list[torch.Tensor]] = {}
    handles = []

    def keep(name: str, value: torch.Tensor) -> None:
        found.setdefault(name, []).append(value.detach()[0].float())

    def output(module: torch.nn.Module, use) -> None:
        handles.append(module.register_forward_hook(
            lambda _module, _inputs, result: use(result[0] if isinstance(result, tuple) else result)))

    def first_input(module: torch.nn.Module, use) -> None:
        handles.append(module.register_forward_pre_hook(
            lambda _module, inputs, named: use(inputs[0] if inputs else named["hidden_states"]), with_kwargs=True))

    def named(name: str):
        return lambda value: keep(name, value)

    embedding, blocks, final = parts(decoder)
    output(embedding, named("embed"))
    output(final, named("ln_final"))
    for number, layer in enumerate(blocks):
        for name, module in layer.named_modules():
            if name.endswith("lora_A.default"):
                output(module, named(f"lora.{number}.{name.removesuffix('.lora_A.default')}"))
        output(layer, named(f"resid_post.{number}"))
        if number not in layers:
            continue
        first_input(layer, named(f"resid_pre.{number}"))
        attention = getattr(layer, "self_attn", None) or getattr(layer, "attn", None) or layer.attention
        parallel = getattr(config, "use_parallel_residual", False)
        second = next(getattr(layer, name) for name in ("pre_feedforward_layernorm", "ln_2", "post_attention_layernorm")
                      if hasattr(layer, name))
        if not parallel:
            first_input(second, named(f"resid_mid.{number}"))
        output(layer.post_attention_layernorm if config.model_type == "gemma2" else attention, named(f"attn_out.{number}"))
        output(layer.post_feedforward_layernorm if config.model_type == "gemma2" else layer.mlp, named(f"mlp_out.{number}"))

        heads = config.num_attention_heads
        size = getattr(config, "head_dim", None) or config.hidden_size // heads
        shared = getattr(config, "num_key_value_heads", None) or heads

        def triple(value: torch.Tensor, number=number, kind=config.model_type) -> None:
            if kind == "gpt_neox":
                split = value.view(*value.shape[:2], heads, 3, size).unbind(3)
                pieces = [piece.reshape(*value.shape[:2], -1) for piece in split]
            else:
                pieces = value.split([heads * size, shared * size, shared * size], dim=-1)
            for letter, piece in zip("qkv", pieces):
                keep(f"{letter}.{number}", piece)

        if hasattr(attention, "q_proj"):
            for letter in "qkv":
                output(getattr(attention, f"{letter}_proj"), named(f"{letter}.{number}"))
        else:
            output(next(getattr(attention, name) for name in ("qkv_proj", "c_attn", "query_key_value")
                        if hasattr(attention, name)), triple)
        first_input(next(getattr(attention, name) for name in ("o_proj", "c_proj", "dense") if hasattr(attention, name)),
                    named(f"z.{number}"))
        mlp = layer.mlp
        if hasattr(mlp, "gate_up_proj"):
            output(mlp.gate_up_proj, lambda value, number=number: keep(f"mlp_pre.{number}", value.chunk(2, dim=-1)[0]))
        else:
            output(next(getattr(mlp, name) for name in ("gate_proj", "c_fc", "dense_h_to_4h") if hasattr(mlp, name)),
                   named(f"mlp_pre.{number}"))
        first_input(next(getattr(mlp, name) for name in ("down_proj", "c_proj", "dense_4h_to_h") if hasattr(mlp, name)),
                    named(f"mlp_act.{number}"))

    statistics: dict[str, list[torch.Tensor]] = {}
    with torch.no_grad():
        for ids in prompts:
            logits = model(input_ids=torch.tensor([ids])).logits[0].double()
            logs = torch.log_softmax(logits, dim=-1)
            following = torch.full((len(ids),), float("nan"), dtype=torch.float64)
            following[:-1] = logs[:-1].gather(1, torch.tensor(ids[1:]).reshape(-1, 1)).reshape(-1)
            for name, value in {
                    "argmax_token": logits.argmax(-1).to(torch.int32), "argmax_prob": logs.max(-1).values.exp().float(),
                    "entropy": -(logs.exp() * logs).sum(-1).float(), "next_logprob": following.float()}.items():
                statistics.setdefault(name, []).append(value)
    for handle in handles:
        handle.remove()
    arrays = {name: torch.cat(values).numpy() for name, values in found.items()}
    arrays |= {f"logits.{name}": torch.cat(values).numpy() for name, values in statistics.items()}
    arrays["logits.argmax_token"] = arrays["logits.argmax_token"].astype(np.uint32)
    return arrays


def greedy(model: torch.nn.Module, ids: list[int]) -> list[int]:
    out = model.generate(
        torch.tensor([ids]), attention_mask=torch.ones(1, len(ids), dtype=torch.long), do_sample=False,
        max_new_tokens=GENERATED, eos_token_id=None, pad_token_id=0, use_cache=True)
    return out[0, len(ids):].tolist()


def main() -> None:
    shutil.rmtree(HERE, ignore_errors=True)
    HERE.mkdir()
    random = np.random.default_rng(7)
    prompts = [random.integers(0, VOCABULARY, length).tolist() for length in LENGTHS]
    total = 0
    for name in MODELS:
        make(name)
        model = load(name)
        arrays: Arrays = {
            "token_ids": np.concatenate([np.asarray(ids, dtype=np.uint32) for ids in prompts]),
            "lengths": np.asarray(LENGTHS, dtype=np.uint32),
        }
        arrays |= {f"base/{site}": value for site, value in record(model, prompts, {1}).items()}
        if name in GREEDY:
            arrays["greedy"] = np.asarray([greedy(model, ids) for ids in prompts], dtype=np.uint32)
        if name in ADAPTERS:
            tuned = record(adapter(name), prompts, set())
            arrays |= {f"lora/{site}": value for site, value in tuned.items() if site != "embed"}
        path = HERE / f"{name}.safetensors"
        save_file({key: np.ascontiguousarray(value) for key, value in sorted(arrays.items())}, path)
        size = sum(file.stat().st_size for file in HERE.rglob(f"{name}*/*")) + path.stat().st_size
        total += size
        print(f"{name}: {len(arrays)} arrays, {size:,} bytes")
    print(f"{total:,} bytes in all")


if __name__ == "__main__":
    main()
