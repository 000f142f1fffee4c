"""What an auditor takes from a model of every family, as transformers, PEFT and PyTorch compute it, for FamilyAuditTests.

    pip install torch==2.13.0 transformers==5.23.0 peft==0.21.2 safetensors numpy
    python make_audit_fixtures.py    # audit/FAMILY.safetensors, audit/FAMILY-lora, audit/sae-NAME; families/ is only read

The models and prompts are those of make_family_fixtures.py, which records every site of the plain model. Recorded here:
- logits: of every token of the longest prompt, over the whole vocabulary
- greedy: what greedy search says after each prompt that leaves room for it, where the other script does not record it
- sae-NAME/index, sae-NAME/value: latents of resid_post.1, value-sorted
- lora/…: the same three of the model with its adapter, the adapter's scalars, resid_post of every layer
- bf16/…: of models that are stored otherwise, the pass in f32 on weights rounded to bf16
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import make_family_fixtures as families
import numpy as np
import torch
from peft import PeftModel
from safetensors.numpy import load_file, save_file

HERE = Path(__file__).resolve().parent / "audit"
WIDTH, LATENTS, TOP = 24, 40, 8
SITE = "resid_post.1"
Arrays = dict[str, np.ndarray]

# Those of the other families lie in families/. Llama's lies there too, but makes so much of rounding (1e-4 of the residual
# stream's rms between two machines' transformers) that it cannot tell a right answer from a wrong one within the bound.
ADAPTERS = {
    "llama": {"r": 2, "lora_alpha": 1, "target_modules": ["q_proj", "v_proj", "o_proj", "gate_proj", "down_proj"], "use_rslora": True,
              "layers_to_transform": [0, 2]},
    "qwen2": {"r": 1, "lora_alpha": 16, "use_rslora": True, "target_modules": ["down_proj"]},
    "qwen3": {"r": 2, "lora_alpha": 3, "target_modules": ["q_proj", "k_proj", "v_proj", "o_proj", "up_proj"]},
    "mistral": {"r": 3, "lora_alpha": 4, "target_modules": "all-linear", "rank_pattern": {"down_proj": 1}},
    "gemma": {"r": 2, "lora_alpha": 5, "target_modules": ["k_proj", "o_proj", "gate_proj", "down_proj"]},
    "gemma2": {"r": 2, "lora_alpha": 2, "target_modules": "all-linear", "alpha_pattern": {"o_proj": 7}},
}


# --- autoencoders ------------------------------------------------------------------------------------------------------


def make_autoencoders() -> dict[str, Arrays]:
    """A top-k one as SAELens saves it, and a jumping one as Gemma Scope does; both fit the residual stream of every family."""
    random = np.random.default_rng(5)
    made: dict[str, Arrays] = {}
    for name in ("sae-topk", "sae-jump"):
        made[name] = {
            "W_enc": random.normal(0, 0.3, (WIDTH, LATENTS)), "W_dec": random.normal(0, 0.3, (LATENTS, WIDTH)),
            "b_enc": random.normal(0, 0.3, LATENTS), "b_dec": random.normal(0, 0.3, WIDTH)}
        made[name] = {key: value.astype(np.float32) for key, value in made[name].items()}
    made["sae-jump"]["threshold"] = random.uniform(0, 1, LATENTS).astype(np.float32)
    folder = HERE / "sae-topk"
    folder.mkdir()
    save_file(made["sae-topk"], folder / "sae_weights.safetensors")
    settings = {
        "architecture": "topk", "d_in": WIDTH, "d_sae": LATENTS, "k": 6, "dtype": "float32", "device": "cpu",
        "apply_b_dec_to_input": True, "normalize_activations": "none",
        "metadata": {"hook_name": "blocks.1.hook_resid_post", "hook_head_index": None}}
    (folder / "cfg.json").write_text(json.dumps(settings, indent=1) + "\n")
    folder = HERE / "sae-jump"
    folder.mkdir()
    np.savez(folder / "params.npz", **made["sae-jump"])
    return made


def latents(name: str, weights: Arrays, rows: np.ndarray) -> Arrays:
    """index and value [tokens, TOP] in f64, value-sorted; 2^32 − 1 and 0 where fewer are active."""
    w = {key: torch.from_numpy(value).double() for key, value in weights.items()}
    x = torch.from_numpy(rows).double()
    if name == "sae-topk":
        pre = (x - w["b_dec"]) @ w["W_enc"] + w["b_enc"]
        best = pre.topk(6, dim=1)
        acts = torch.zeros_like(pre).scatter(1, best.indices, best.values.relu())
        margin = (best.values[:, 5] - pre.topk(7, dim=1).values[:, 6]).min()
    else:
        pre = x @ w["W_enc"] + w["b_enc"]
        acts = pre.relu() * (pre > w["threshold"])
        margin = (pre - w["threshold"]).abs().min()
    values, order = torch.sort(acts, dim=1, descending=True, stable=True)
    # f32 must not be able to let others be active.
    assert float(margin) > 1e-5 * float(x.square().mean().sqrt()), (name, margin)
    index = torch.where(values > 0, order, 2**32 - 1)[:, :TOP]
    return {f"{name}/index": index.numpy().astype(np.uint32), f"{name}/value": values[:, :TOP].float().numpy()}


# --- the models ----------------------------------------------------------------------------------------------------------


def audit(model: torch.nn.Module, prompts: list[list[int]], autoencoders: dict[str, Arrays]) -> tuple[Arrays, Arrays]:
    """What is asked of a model with and without an adapter, and the sites that were recorded on the way."""
    with torch.no_grad():
        logits = model(input_ids=torch.tensor([prompts[-1]])).logits[0].float()
        positions = getattr(model.config, "n_positions", 10**6)
        greedy = [families.greedy(model, ids) for ids in prompts if len(ids) + families.GENERATED <= positions]
    sites = families.record(model, prompts, set())
    found: Arrays = {"logits": logits.numpy(), "greedy": np.asarray(greedy, dtype=np.uint32)}
    for name, weights in autoencoders.items():
        found |= latents(name, weights, sites[SITE])
    return found, sites


def tuned(name: str) -> PeftModel | None:
    """The model with its adapter; the adapter is made where no other script has made one."""
    if name not in ADAPTERS:
        folder = families.HERE / f"{name}-lora"
        return PeftModel.from_pretrained(families.load(name), folder).eval() if folder.exists() else None
    base = families.load(name)
    families.ADAPTERS[name] = ADAPTERS[name]
    elsewhere, families.HERE = families.HERE, HERE
    load, families.load = families.load, lambda _name: base
    try:
        return families.adapter(name)
    finally:
        families.HERE, families.load = elsewhere, load


def rounded(name: str) -> torch.nn.Module | None:
    """The model with bf16 weights, in f32; None where they are stored so."""
    if families.MODELS[name][1] == torch.bfloat16:
        return None
    model = families.load(name)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(parameter.to(torch.bfloat16).float())
    return model


def main() -> None:
    shutil.rmtree(HERE, ignore_errors=True)
    HERE.mkdir()
    autoencoders = make_autoencoders()
    for name in families.MODELS:
        fixture = load_file(families.HERE / f"{name}.safetensors")
        ends = np.cumsum(fixture["lengths"])
        prompts = [fixture["token_ids"][end - length:end].tolist() for end, length in zip(ends, fixture["lengths"])]
        arrays, _ = audit(families.load(name), prompts, autoencoders)
        if name in families.GREEDY:
            assert (arrays.pop("greedy") == fixture["greedy"]).all(), name
        model = tuned(name)
        if model is not None:
            found, sites = audit(model, prompts, autoencoders)
            kept = {site: value for site, value in sites.items() if site.startswith(("lora.", "resid_post."))}
            if name not in ADAPTERS:
                scale = np.sqrt(np.square(kept[SITE]).mean())
                assert np.abs(fixture[f"lora/{SITE}"] - kept[SITE]).max() < 1e-4 * scale, name
                kept = {}
            arrays |= {f"lora/{key}": value for key, value in (found | kept).items()}
        model = rounded(name)
        if model is not None:
            found, sites = audit(model, prompts, {})
            kept = {site: value for site, value in sites.items() if site.startswith("resid_post.")}
            arrays |= {f"bf16/{key}": value for key, value in (found | kept).items()}
        path = HERE / f"{name}.safetensors"
        save_file({key: np.ascontiguousarray(value) for key, value in sorted(arrays.items())}, path)
        print(f"{name}: {len(arrays)} arrays, {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
