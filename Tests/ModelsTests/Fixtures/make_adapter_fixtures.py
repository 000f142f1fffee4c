"""Adapters that PEFT makes from patterns, and what Python's `re` says of patterns and paths.

    pip install torch transformers peft safetensors
    python make_adapter_fixtures.py     # beside this script: adapters/NAME, adapters.safetensors, patterns.json

The base models are those of make_family_fixtures.py. Of each adapter its scalars are recorded, and its modules' scales.
"""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import torch
from peft import LoraConfig, get_peft_model
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM

HERE = Path(__file__).resolve().parent
ROOT = HERE / "adapters"

ADAPTERS: dict[str, tuple[str, dict]] = {
    "regex": ("llama", {
        "r": 2, "lora_alpha": 5, "use_rslora": True,
        "target_modules": r".*\.layers\.\d+\.(self_attn\.(q|v|o)_proj|mlp\.(?:gate|down)_proj)",
        "rank_pattern": {r"layers\.[01]\.mlp\..*": 3, r"^model\.layers\.2\.self_attn\.q_proj$": 1, "o_proj": 4},
        "alpha_pattern": {r".*\.(gate|up)_proj": 7, r"layers.1.self_attn.v_proj": 9}}),
    "layers": ("gpt2", {
        "r": 1, "lora_alpha": 3, "target_modules": ["c_proj", "attn.c_attn"], "exclude_modules": ["attn.c_proj"],
        "layers_to_transform": 1, "layers_pattern": "h", "fan_in_fan_out": True}),
    "unsloth": ("qwen2", {
        "r": 2, "lora_alpha": 2,
        "target_modules": r"(?:.*?(?:language|text).*?(?:self_attn|attention|attn|mlp).*?(?:k_proj|down_proj).*?)|"
        r"(?:\bmodel\.layers\.[\d]{1,}\.(?:self_attn|attention|attn|mlp|feed_forward|ffn|dense)\.(?:(?:k_proj|down_proj)))"}),
}

PATTERNS = [
    "down_proj", "mlp.down_proj", r"mlp\.down_proj", ".*", ".*proj", r".*\.mlp\..*", r"layers\.\d\..*", r"layers\.\d+\.mlp",
    "(q|k)_proj", r"self_attn\.(?:q|k|v)_proj", "^model.*", "model$", r"^model\.layers\.1\..*_proj$", "[qk]_proj", "[^q]_proj",
    "[a-p]_proj", r"[\w]+_proj", r"[\d]{1,}\..*", r"layers\.(1|2|1[0-9])\..*", r".*?_proj", r"(a|b|)c?", "", "x*", "(x*)*",
    r"\bmlp\b.*", r"\Bproj", r"mlp\Wdown_proj", r"(.*\.)?mlp\.(gate|up)_proj", "q_proj|k_proj", r"(self_attn|mlp)\.[a-z]_proj",
    r"layers\.1{2}\..*", r"layers\.1{1,2}\..*", r"layers\.1{,1}\..*", r"layers\.\d{2,}\..*", "(?P<name>q|v)_proj", r"\w{1}_proj",
    r"layers.1.mlp", "h.0.attn.c_attn", r"h\.\d+\.attn\.c_(attn|proj)", "[]a]_proj", r"[\]q]_proj", "[a-]x|q_proj", r"\Amodel.*\Z",
    "((((q))))_proj", "(q_proj){1}", "model.layers.1.mlp.down_proj", "odel.layers.1.mlp.down_proj", "Model.*", r"\s*q_proj\S*",
]
PATHS = [
    *(f"model.layers.{layer}.{module}" for layer in (0, 1, 2, 11) for module in (
        "self_attn.q_proj", "self_attn.k_proj", "self_attn.o_proj", "mlp.gate_proj", "mlp.up_proj", "mlp.down_proj")),
    "transformer.h.0.attn.c_attn", "transformer.h.11.attn.c_proj", "gpt_neox.layers.1.mlp.dense_4h_to_h", "h.0.attn.c_attn",
    "q_proj", "xq_proj", "model", "c", "", "xxx", "lm_head",
]


def matches() -> list[dict]:
    """As PEFT asks: fullmatch for target_modules, `(.*\\.)?(pattern)$` for rank_pattern and alpha_pattern."""
    return [
        {
            "pattern": pattern, "whole": [path for path in PATHS if re.fullmatch(pattern, path)],
            "end": [path for path in PATHS if re.match(rf"(.*\.)?({pattern})$", path)],
        }
        for pattern in PATTERNS
    ]


def make(name: str, base: str, settings: dict) -> dict[str, torch.Tensor]:
    folder = ROOT / name
    model = AutoModelForCausalLM.from_pretrained(HERE / "families" / base, dtype=torch.float32)
    tuned = get_peft_model(model, LoraConfig(**settings, lora_dropout=0.0, task_type="CAUSAL_LM")).eval()
    generator = torch.Generator().manual_seed(31)
    found: dict[str, list[torch.Tensor]] = {}

    def keep(site: str, value: torch.Tensor) -> None:
        found.setdefault(f"{name}/{site}", []).append(value.detach()[0])

    recorded: dict[str, torch.Tensor] = {}
    with torch.no_grad():
        for key, parameter in tuned.named_parameters():
            if "lora_" in key:
                parameter.normal_(0, 0.3, generator=generator)
        for key, module in tuned.named_modules():
            if key.endswith(".lora_A.default"):
                path = key.removeprefix("base_model.model.").removesuffix(".lora_A.default")
                layer, part = re.search(r"\.(\d+)\.(.*)", path).groups()
                module.register_forward_hook(lambda _m, _i, out, site=f"lora.{layer}.{part}": keep(site, out))
                scale = tuned.get_submodule(key.removesuffix(".lora_A.default")).scaling["default"]
                recorded[f"{name}/scale/lora.{layer}.{part}"] = torch.tensor([scale], dtype=torch.float64)
        fixture = load_file(HERE / "families" / f"{base}.safetensors")
        start = 0
        for length in fixture["lengths"].tolist():
            ids = fixture["token_ids"][start:start + length].long()
            start += length
            tuned(input_ids=ids[None])
    tuned.save_pretrained(folder)
    (folder / "README.md").unlink(missing_ok=True)
    path = folder / "adapter_config.json"
    saved = json.loads(path.read_text()) | {"base_model_name_or_path": None}
    for key in ("target_modules", "exclude_modules"):
        if isinstance(saved[key], list):
            saved[key] = sorted(saved[key])
    path.write_text(json.dumps(saved, indent=1, sort_keys=True) + "\n")
    return recorded | {key: torch.cat(parts).contiguous() for key, parts in found.items()}


def main() -> None:
    shutil.rmtree(ROOT, ignore_errors=True)
    recorded: dict[str, torch.Tensor] = {}
    for name, (base, settings) in ADAPTERS.items():
        recorded |= make(name, base, settings)
    save_file(recorded, HERE / "adapters.safetensors")
    (HERE / "patterns.json").write_text(json.dumps({"paths": PATHS, "patterns": matches()}, indent=1) + "\n")


if __name__ == "__main__":
    main()
