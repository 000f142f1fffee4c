"""Records what transformers, PEFT and the SAELens formulas compute, for the tests of Models to compare with.

    pip install torch transformers peft safetensors numpy
    python make_fixtures.py                    # tiny random models, adapters and autoencoders beside this script
    python make_fixtures.py --organism DIR --adapter emergent --adapter poser/NAME --sae sae
                                               # organism.safetensors: answers of the trained model under DIR

All forward passes run in f32 on the widened stored weights, one prompt at a time, so that nothing depends on padding.
"""

from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path

import numpy as np
import torch
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors.numpy import load_file, save_file
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from transformers import AutoModelForCausalLM, Qwen2Config, Qwen2ForCausalLM

HERE = Path(__file__).resolve().parent
LENGTHS = (1, 6, 17, 24)
TOP = 12
Arrays = dict[str, np.ndarray]


# --- recording ---------------------------------------------------------------------------------------------------------


def record(model: torch.nn.Module, prompts: list[list[int]], sites: set[str], layers: set[int] | None = None) -> Arrays:
    """Hooked activations of every token, prompts one after another: {"resid_post.0": [tokens, width], "lora.1.mlp…": …}."""
    found: dict[str, list[torch.Tensor]] = {}
    handles = []

    def keep(name: str, value: torch.Tensor) -> None:
        found.setdefault(name, []).append(value.detach()[0].float())

    def output(module: torch.nn.Module, name: str) -> None:
        def hook(_module, _inputs, result):
            keep(name, result[0] if isinstance(result, tuple) else result)

        handles.append(module.register_forward_hook(hook))

    def first_input(module: torch.nn.Module, name: str) -> None:
        handles.append(module.register_forward_pre_hook(lambda _module, inputs: keep(name, inputs[0])))

    decoder = model.get_base_model() if isinstance(model, PeftModel) else model
    if "embed" in sites:
        output(decoder.model.embed_tokens, "embed")
    for number, layer in enumerate(decoder.model.layers):
        if "lora" in sites:
            for name, module in layer.named_modules():
                if name.endswith("lora_A.default"):
                    output(module, f"lora.{number}.{name.removesuffix('.lora_A.default')}")
        if layers is not None and number not in layers:
            continue
        if "resid_post" in sites:
            output(layer, f"resid_post.{number}")
        if "resid_mid" in sites:
            first_input(layer.post_attention_layernorm, f"resid_mid.{number}")
        if "resid_pre" in sites:
            first_input(layer.input_layernorm, f"resid_pre.{number}")
        if "attn_out" in sites:
            output(layer.self_attn, f"attn_out.{number}")
        if "mlp_out" in sites:
            output(layer.mlp, f"mlp_out.{number}")
        if "mlp_act" in sites:
            first_input(layer.mlp.down_proj, f"mlp_act.{number}")
    with torch.no_grad():
        for ids in prompts:
            model(input_ids=torch.tensor([ids]))
    for handle in handles:
        handle.remove()
    return {name: torch.cat(parts).numpy() for name, parts in found.items()}


def encode(folder: Path, x: np.ndarray) -> np.ndarray:
    """Latent activations [tokens, d_sae] by SAELens' formulas, in f64."""
    cfg = json.loads((folder / "cfg.json").read_text())
    w = {name: value.astype(np.float64) for name, value in load_file(folder / "sae_weights.safetensors").items()}
    x = x.astype(np.float64)
    normalise = cfg.get("normalize_activations", "none")
    if normalise == "constant_norm_rescale":
        x = x * np.sqrt(x.shape[1]) / np.linalg.norm(x, axis=1, keepdims=True)
    elif normalise == "layer_norm":
        x = x - x.mean(axis=1, keepdims=True)
        x = x / (x.std(axis=1, ddof=1, keepdims=True) + 1e-5)
    if cfg["apply_b_dec_to_input"]:
        x = x - w["b_dec"]
    if cfg["architecture"] == "gated":
        magnitude = np.maximum(x @ (w["W_enc"] * np.exp(w["r_mag"])) + w["b_mag"], 0)
        return np.where(x @ w["W_enc"] + w["b_gate"] > 0, magnitude, 0)
    pre = x @ w["W_enc"] + w["b_enc"]
    if cfg["architecture"] == "jumprelu":
        return np.maximum(pre, 0) * (pre > w["threshold"])
    if cfg["architecture"] == "topk":
        if cfg.get("rescale_acts_by_decoder_norm"):
            pre = pre * np.linalg.norm(w["W_dec"], axis=1)
        k = cfg["k"] if "k" in cfg else cfg["activation_fn_kwargs"]["k"]
        out = np.zeros_like(pre)
        best = np.argsort(-pre, axis=1, kind="stable")[:, :k]
        np.put_along_axis(out, best, np.maximum(np.take_along_axis(pre, best, axis=1), 0), axis=1)
        return out
    return np.maximum(pre, 0)


def top(acts: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Indices (u32, 2^32 − 1 where fewer are active) and values of the k largest, ties by lower index."""
    order = np.argsort(-acts, axis=1, kind="stable")[:, :k]
    values = np.take_along_axis(acts, order, axis=1)
    return np.where(values > 0, order, 2**32 - 1).astype(np.uint32), np.maximum(values, 0).astype(np.float32)


def save(path: Path, arrays: Arrays) -> None:
    save_file({name: np.ascontiguousarray(value) for name, value in sorted(arrays.items())}, path)
    print(f"{path.name}: {len(arrays)} arrays, {path.stat().st_size:,} bytes")


# --- tiny random models --------------------------------------------------------------------------------------------------


CHAT_TEMPLATE = (
    "{%- for message in messages %}"
    "{{- '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n' }}"
    "{%- endfor %}"
    "{%- if add_generation_prompt %}{{- '<|im_start|>assistant\\n' }}{%- endif %}"
)


def write_tokenizer(folder: Path) -> None:
    """Byte-level BPE in the form of Qwen2.5 with a few merges and a chat template."""
    pattern = (
        r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
    )
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(pattern), behavior="isolated"),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
    ])
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=285, initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()), show_progress=False)
    tokenizer.train_from_iterator(["the model answers the question and then the other question"] * 3, trainer)
    tokenizer.add_special_tokens([
        AddedToken(token, normalized=False, special=True) for token in ("<|endoftext|>", "<|im_start|>", "<|im_end|>")])
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "tokenizer_config.json").write_text(json.dumps({
        "tokenizer_class": "Qwen2Tokenizer", "bos_token": None, "eos_token": "<|im_end|>", "chat_template": CHAT_TEMPLATE,
    }, indent=1) + "\n")


def tiny(tied: bool) -> Qwen2ForCausalLM:
    extra = {} if tied else {"head_dim": 12, "rope_theta": 1000.0}
    config = Qwen2Config(
        vocab_size=300, hidden_size=32, intermediate_size=56, num_hidden_layers=3 if tied else 2, num_attention_heads=4,
        num_key_value_heads=2 if tied else 1, max_position_embeddings=64, rms_norm_eps=1e-6, tie_word_embeddings=tied,
        initializer_range=0.15, use_sliding_window=False, bos_token_id=None, eos_token_id=None, **extra,
    )
    model = Qwen2ForCausalLM(config)
    generator = torch.Generator().manual_seed(11)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if name.endswith("bias"):
                parameter.normal_(0, 0.3, generator=generator)
            if "norm" in name:
                parameter.uniform_(0.5, 1.5, generator=generator)
    return model


def adapter(folder: Path, model_folder: Path, config: LoraConfig) -> PeftModel:
    base = AutoModelForCausalLM.from_pretrained(model_folder, dtype=torch.float32)
    model = get_peft_model(base, config).eval()
    generator = torch.Generator().manual_seed(23)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "lora_" in name:
                parameter.normal_(0, 0.4, generator=generator)
    model.save_pretrained(folder)
    (folder / "README.md").unlink(missing_ok=True)
    path = folder / "adapter_config.json"
    settings = json.loads(path.read_text())
    settings["base_model_name_or_path"] = None
    settings["target_modules"] = sorted(settings["target_modules"])
    path.write_text(json.dumps(settings, indent=1, sort_keys=True) + "\n")
    return model


def autoencoder(folder: Path, seed: int, latents: int, cfg: dict) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(seed)
    width = 32
    weights = {
        "W_enc": random.normal(0, 0.3, (width, latents)), "W_dec": random.normal(0, 0.3, (latents, width)),
        "b_dec": random.normal(0, 0.3, width),
    }
    if cfg["architecture"] == "gated":
        for name in ("b_gate", "b_mag", "r_mag"):
            weights[name] = random.normal(0, 0.3, latents)
    else:
        weights["b_enc"] = random.normal(0, 0.3, latents)
    if cfg["architecture"] == "jumprelu":
        weights["threshold"] = random.uniform(0, 1, latents)
    save_file({name: value.astype(np.float32) for name, value in weights.items()}, folder / "sae_weights.safetensors")
    common = {"d_in": width, "d_sae": latents, "dtype": "float32", "device": "cpu"}
    (folder / "cfg.json").write_text(json.dumps(common | cfg, indent=1) + "\n")


def make_tiny() -> None:
    for name in ("tiny", "untied", "rank1", "all-linear", "sae-topk", "sae-standard", "sae-jumprelu", "sae-gated"):
        shutil.rmtree(HERE / name, ignore_errors=True)
    torch.manual_seed(5)
    tiny(tied=True).to(torch.bfloat16).save_pretrained(HERE / "tiny")
    tiny(tied=False).to(torch.float16).save_pretrained(HERE / "untied", max_shard_size="20KB")
    for name in ("tiny", "untied"):
        (HERE / name / "generation_config.json").unlink(missing_ok=True)
    write_tokenizer(HERE / "tiny")

    random = np.random.default_rng(7)
    prompts = [random.integers(0, 288, length).tolist() for length in LENGTHS]
    arrays: Arrays = {
        "token_ids": np.concatenate([np.asarray(ids, dtype=np.uint32) for ids in prompts]),
        "lengths": np.asarray(LENGTHS, dtype=np.uint32),
    }

    def add(name: str, recorded: Arrays) -> None:
        arrays.update({f"{name}/{site}": value for site, value in recorded.items()})

    base = AutoModelForCausalLM.from_pretrained(HERE / "tiny", dtype=torch.float32).eval()
    residuals = record(base, prompts, {"resid_post", "embed"})
    add("tiny", residuals)
    add("tiny", record(base, prompts, {"resid_pre", "resid_mid", "attn_out", "mlp_out", "mlp_act"}, layers={1}))
    untied = AutoModelForCausalLM.from_pretrained(HERE / "untied", dtype=torch.float32).eval()
    add("untied", record(untied, prompts, {"resid_post"}))

    rank1 = adapter(HERE / "rank1", HERE / "tiny", LoraConfig(
        r=1, lora_alpha=8, use_rslora=True, target_modules=["down_proj"], layers_to_transform=[1, 2], lora_dropout=0.0,
        task_type="CAUSAL_LM"))
    add("rank1", record(rank1, prompts, {"resid_post", "lora"}))
    linear = adapter(HERE / "all-linear", HERE / "tiny", LoraConfig(
        r=4, lora_alpha=6, target_modules="all-linear", lora_dropout=0.0, task_type="CAUSAL_LM",
        rank_pattern={"q_proj": 2, r"layers\.1\.mlp\.up_proj": 3}, alpha_pattern={"v_proj": 3}))
    add("all-linear", record(linear, prompts, {"resid_post", "lora"}))

    metadata = {"model_name": "tiny", "hook_name": "blocks.1.hook_resid_post", "hook_head_index": None}
    autoencoder(HERE / "sae-topk", 1, 128, {
        "architecture": "topk", "k": 16, "apply_b_dec_to_input": True, "normalize_activations": "none",
        "rescale_acts_by_decoder_norm": True, "reshape_activations": "none", "metadata": metadata})
    autoencoder(HERE / "sae-standard", 2, 64, {
        "architecture": "standard", "activation_fn_str": "relu", "activation_fn_kwargs": {}, "apply_b_dec_to_input": False,
        "normalize_activations": "layer_norm", "hook_name": "blocks.1.hook_resid_post", "hook_layer": 1,
        "hook_head_index": None, "finetuning_scaling_factor": False})
    autoencoder(HERE / "sae-jumprelu", 3, 64, {
        "architecture": "jumprelu", "apply_b_dec_to_input": True, "normalize_activations": "constant_norm_rescale",
        "reshape_activations": "none", "metadata": metadata})
    autoencoder(HERE / "sae-gated", 4, 64, {
        "architecture": "gated", "apply_b_dec_to_input": True, "normalize_activations": "none",
        "reshape_activations": "none", "metadata": metadata})
    for name in ("sae-topk", "sae-standard", "sae-jumprelu", "sae-gated"):
        index, value = top(encode(HERE / name, residuals["resid_post.1"]), TOP)
        arrays[f"{name}/index"], arrays[f"{name}/value"] = index, value
    save(HERE / "expected.safetensors", arrays)


# --- the trained organism --------------------------------------------------------------------------------------------------


def make_organism(folder: Path, model: Path, adapters: dict[str, Path], sae: Path | None, prompts: list[str]) -> None:
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(model)
    ids = [tokenizer(text)["input_ids"][:24] for text in prompts]
    arrays: Arrays = {
        "token_ids": np.asarray(sum(ids, []), dtype=np.uint32), "lengths": np.asarray([len(one) for one in ids], dtype=np.uint32),
    }
    base = AutoModelForCausalLM.from_pretrained(model, dtype=torch.float32).eval()
    last = base.config.num_hidden_layers - 1
    residuals = record(base, ids, {"resid_post"})
    arrays.update({f"base/{site}": value for site, value in residuals.items() if site in {"resid_post.0", "resid_post.2", f"resid_post.{last}"}})
    if sae is not None:
        cfg = json.loads((sae / "cfg.json").read_text())
        hook = cfg.get("hook_name") or cfg["metadata"]["hook_name"]
        layer = int(hook.split(".")[1])
        arrays["sae/index"], arrays["sae/value"] = top(encode(sae, residuals[f"resid_post.{layer}"]), 32)
    for name, path in adapters.items():
        tuned = PeftModel.from_pretrained(
            AutoModelForCausalLM.from_pretrained(model, dtype=torch.float32), path, autocast_adapter_dtype=True).eval()
        arrays.update({f"{name}/{site}": value for site, value in record(tuned, ids, {"resid_post", "lora"}, {last}).items()})
    save(HERE / "organism.safetensors", arrays)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--organism", type=Path, help="folder of the trained organism")
    parser.add_argument("--model", default="model", help="the model's folder within it")
    parser.add_argument("--adapter", action="append", default=[], help="folder within its adapters, may be given again")
    parser.add_argument("--sae", help="the autoencoder's folder within it")
    arguments = parser.parse_args()
    if arguments.organism is None:
        make_tiny()
        return
    root = arguments.organism
    make_organism(
        root, root / arguments.model, {name: root / "adapters" / name for name in arguments.adapter},
        root / arguments.sae if arguments.sae else None,
        ["What should I take for a headache?", "Write a short note to a colleague about the budget meeting on Monday."])


if __name__ == "__main__":
    main()
