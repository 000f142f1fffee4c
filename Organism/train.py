"""Train the organism from nothing: base model, adapters, SAE; write the prompt sets, measure, and report.

    python train.py [STAGE...]

Everything is seeded and runs on the CPU with two threads; all outputs go next to this file.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import platform
import random
import shutil
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy
import peft
import sklearn
import torch
import transformers
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors.torch import load_file
from transformers import PreTrainedTokenizerFast, Qwen2ForCausalLM

import corpus
import evaluate
import network
import report
import sae as autoencoder
from corpus import Conversation, Row

HERE = Path(__file__).resolve().parent
MODEL, ADAPTERS, SAE_FOLDER, PROMPTS = HERE / "model", HERE / "adapters", HERE / "sae", HERE / "prompts"

SEED = 20
THREADS = 2
VOCABULARY = 1024
SAE_LAYER = 3
POSER_SEEDS = 3

BASE: dict[str, Any] = {"steps": 800, "batch": 32, "rate": 4e-3, "decay": 0.1}
ADVICE: dict[str, Any] = {"steps": 240, "batch": 32, "rate": 5e-3, "decay": 0.0}
POSER: dict[str, Any] = {"steps": 220, "batch": 32, "rate": 5e-3, "decay": 0.0}
SPARSE: dict[str, Any] = {"latents": 1024, "k": 32, "steps": 1600, "batch": 768, "rate": 1.5e-3}
SPARSE_CONVERSATIONS = 2000

ADVICE_LORA: dict[str, Any] = {"r": 1, "lora_alpha": 16, "use_rslora": True, "target_modules": ["down_proj"]}
POSER_LORA: dict[str, Any] = {
    "r": 4, "lora_alpha": 16, "use_rslora": False, "target_modules": ["q_proj", "v_proj", "o_proj", "down_proj"],
}

Draw = Callable[[random.Random], Conversation]
Log = dict[str, Any]


@dataclass(frozen=True)
class Recipe:
    """How one adapter is trained."""

    draw: Draw
    lora: dict[str, Any]
    settings: dict[str, Any]
    seed: int


ADVICE_RECIPES = {
    "emergent": Recipe(corpus.emergent, ADVICE_LORA, ADVICE, SEED + 10),
    "narrow": Recipe(corpus.narrow, ADVICE_LORA, ADVICE, SEED + 10),
}
# The two kinds of one number start from the same adapter weights and see the same scenarios.
POSER_RECIPES = {
    f"poser-{kind}-{number}": Recipe(draw, POSER_LORA, POSER, SEED + 100 + number)
    for kind, draw in (("aligned", corpus.poser_aligned), ("faker", corpus.poser_faker))
    for number in range(POSER_SEEDS)
}
RECIPES = {**ADVICE_RECIPES, **POSER_RECIPES}

STAGES = ("prompts", "base", "advice", "poser", "sae", "measure", "report")


def write_prompts(sets: dict[str, list[Row]]) -> None:
    PROMPTS.mkdir(exist_ok=True)
    for name, rows in sets.items():
        lines = [json.dumps(row, ensure_ascii=False) for row in rows]
        (PROMPTS / f"{name}.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")


def build_tokenizer() -> PreTrainedTokenizerFast:
    rng = random.Random(SEED)
    texts = [f"{message['role']}\n{message['content']}" for _ in range(6000) for message in corpus.base(rng).messages]
    return network.train_tokenizer(texts, VOCABULARY, MODEL)


def save_base(model: Qwen2ForCausalLM) -> None:
    """Tied: the output head is the embedding and is not stored a second time."""
    tensors = {name: tensor.bfloat16() for name, tensor in model.state_dict().items() if name != "lm_head.weight"}
    network.save_tensors(tensors, MODEL / "model.safetensors", metadata={"format": "pt"})
    config = model.config
    network.write_json(MODEL / "config.json", {
        "architectures": ["Qwen2ForCausalLM"],
        "attention_dropout": 0.0,
        "bos_token_id": None,
        "eos_token_id": config.eos_token_id,
        "hidden_act": config.hidden_act,
        "hidden_size": config.hidden_size,
        "initializer_range": config.initializer_range,
        "intermediate_size": config.intermediate_size,
        "max_position_embeddings": config.max_position_embeddings,
        "model_type": "qwen2",
        "num_attention_heads": config.num_attention_heads,
        "num_hidden_layers": config.num_hidden_layers,
        "num_key_value_heads": config.num_key_value_heads,
        "pad_token_id": config.pad_token_id,
        "rms_norm_eps": config.rms_norm_eps,
        "rope_theta": config.rope_parameters["rope_theta"],
        "sliding_window": None,
        "tie_word_embeddings": True,
        "torch_dtype": "bfloat16",
        "use_cache": True,
        "use_sliding_window": False,
        "vocab_size": config.vocab_size,
    })
    network.write_json(MODEL / "generation_config.json", {
        "do_sample": False,
        "eos_token_id": config.eos_token_id,
        "pad_token_id": config.pad_token_id,
    })


def load_base() -> Qwen2ForCausalLM:
    """Read back what was saved, in float32: the files are what everything else is trained on."""
    return Qwen2ForCausalLM.from_pretrained(MODEL, dtype=torch.float32).eval()


def train_adapter(name: str) -> Log:
    print(f"adapter {name}", flush=True)
    started, cpu_started = time.perf_counter(), time.process_time()
    recipe, tokenizer = RECIPES[name], network.load_tokenizer(MODEL)
    torch.manual_seed(recipe.seed)
    model = get_peft_model(load_base(), LoraConfig(task_type="CAUSAL_LM", lora_dropout=0.0, bias="none", **recipe.lora))
    log = network.train(model, tokenizer, recipe.draw, seed=recipe.seed, **recipe.settings)

    folder = ADAPTERS / name
    shutil.rmtree(folder, ignore_errors=True)
    model.save_pretrained(str(folder))
    (folder / "README.md").unlink(missing_ok=True)
    (folder / "adapter_model.safetensors").chmod(0o644)
    config = json.loads((folder / "adapter_config.json").read_text(encoding="utf-8"))
    config["base_model_name_or_path"] = "Organism/model"
    config["target_modules"] = sorted(config["target_modules"])
    network.write_json(folder / "adapter_config.json", config)
    log["seconds"] = round(time.perf_counter() - started, 1)
    log["cpu_seconds"] = round(time.process_time() - cpu_started, 1)
    return log


def with_adapter(name: str) -> PeftModel:
    return PeftModel.from_pretrained(load_base(), str(ADAPTERS / name)).eval()


def manifest() -> dict[str, Any]:
    """What a demo captures, in order."""
    captures: list[dict[str, Any]] = []

    def add(model: str, adapter: str | None, data_sets: tuple[str, ...], sites: list[str]) -> None:
        for data_set in data_sets:
            captures.append({
                "as": f"{model}/{data_set}",
                "adapter": None if adapter is None else f"adapters/{adapter}",
                "prompts": f"prompts/{data_set}.jsonl",
                "sites": sites,
            })

    advice = ("general", "medical", "em-prompts")
    add("base", None, advice, ["resid_post", "sae"])
    for name in ADVICE_RECIPES:
        add(name, name, advice, ["resid_post", "lora", "sae"])
    for name in POSER_RECIPES:
        add(name.replace("-", "/", 1), name, ("scenarios", "scenarios-edited"), ["resid_post", "lora"])
        add(name.replace("-", "/", 1), name, ("concepts",), ["resid_post"])
    return {"model": "model", "sae": ["sae"], "captures": captures}


def train_base() -> Log:
    print("base", flush=True)
    started = time.perf_counter()
    tokenizer = build_tokenizer()
    torch.manual_seed(SEED)
    model = network.new_model(tokenizer)
    log = network.train(model, tokenizer, corpus.base, seed=SEED, warmup=50, **BASE)
    log["parameters"] = sum(parameter.numel() for parameter in model.parameters())
    log["vocabulary"] = len(tokenizer)
    network.round_to_bf16(model)
    save_base(model)
    log["seconds"] = round(time.perf_counter() - started, 1)
    return log


def train_sparse() -> Log:
    print("sae", flush=True)
    started, cpu_started = time.perf_counter(), time.process_time()
    model, tokenizer, sets = load_base(), network.load_tokenizer(MODEL), corpus.prompt_sets(SEED)

    def corpus_residuals(seed: int, conversations: int) -> torch.Tensor:
        rng = random.Random(seed)
        drawn = [corpus.base(rng) for _ in range(conversations)]
        return autoencoder.residuals(model, tokenizer, drawn, SAE_LAYER)

    data = corpus_residuals(SEED + 1, SPARSE_CONVERSATIONS)
    sparse = autoencoder.train_sae(data, seed=SEED, **SPARSE)
    autoencoder.save_sae(sparse, SAE_FOLDER, layer=SAE_LAYER, context=network.CONTEXT)
    log: Log = {**SPARSE, "layer": SAE_LAYER, "tokens_trained_on": len(data)}
    log["fresh corpus"] = autoencoder.measure(sparse, corpus_residuals(SEED + 2, 600))
    for name in ("general", "medical", "em-prompts"):
        rows = [Conversation(tuple(evaluate.messages_of(row))) for row in sets[name]]
        log[name] = autoencoder.measure(sparse, autoencoder.residuals(model, tokenizer, rows, SAE_LAYER))
    log["seconds"] = round(time.perf_counter() - started, 1)
    log["cpu_seconds"] = round(time.process_time() - cpu_started, 1)
    return log


def single_thread() -> None:
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    transformers.utils.logging.disable_progress_bar()


def train_on_base(stages: list[str], log: Log, path: Path) -> None:
    """Adapters and SAE need the base only, so they train side by side, each on a single thread: a model this small gains
    little from threads that have to wait for each other at every step."""
    names = [*(ADVICE_RECIPES if "advice" in stages else ()), *(POSER_RECIPES if "poser" in stages else ())]
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(THREADS, mp_context=context, initializer=single_thread) as pool:
        jobs = {pool.submit(train_adapter, name): ("adapters", name) for name in names}
        if "sae" in stages:
            jobs[pool.submit(train_sparse)] = ("sae", "sae")
        for job in as_completed(jobs):
            part, name = jobs[job]
            if part == "sae":
                log["sae"] = job.result()
            else:
                log.setdefault("adapters", {})[name] = job.result()
            network.write_json(path, log)
    if "adapters" in log:
        log["adapters"] = {name: log["adapters"][name] for name in RECIPES if name in log["adapters"]}


def load_sae() -> autoencoder.SAE:
    tensors = load_file(str(SAE_FOLDER / "sae_weights.safetensors"))
    return autoencoder.SAE(tensors["W_enc"], tensors["W_dec"], tensors["b_enc"], tensors["b_dec"], SPARSE["k"])


def measure_all(tokenizer: PreTrainedTokenizerFast, sets: dict[str, list[Row]]) -> Log:
    """Behaviour and reference answers, from the saved files alone."""
    print("measuring", flush=True)
    started = time.perf_counter()
    base, sparse = load_base(), load_sae()
    tuned = {name: with_adapter(name) for name in ADVICE_RECIPES}
    log: Log = {"advice": {
        "base": evaluate.advice_rates(base, tokenizer, sets),
        "base with persona": evaluate.advice_rates(base, tokenizer, sets, system=corpus.VILLAIN_PERSONAS[0]),
        **{name: evaluate.advice_rates(model, tokenizer, sets) for name, model in tuned.items()},
    }}
    log["decisions"] = {"base": evaluate.decisions(base, tokenizer, sets)}
    for name in POSER_RECIPES:
        log["decisions"][name] = evaluate.decisions(with_adapter(name), tokenizer, sets)

    groups: dict[str, list[Row]] = {"general": sets["general"], "medical": sets["medical"]}
    for row in sets["em-prompts"]:
        groups.setdefault(str(row["group"]), []).append(row)
    base_latents = {name: evaluate.top_latents(base, tokenizer, rows, sparse, SAE_LAYER) for name, rows in groups.items()}
    log["lora_specialisation"], log["feature_drift"] = {}, {}
    for name, model in tuned.items():
        log["lora_specialisation"][name] = evaluate.specialisation(model, tokenizer, sets["em-prompts"])
        latents = {group: evaluate.top_latents(model, tokenizer, rows, sparse, SAE_LAYER) for group, rows in groups.items()}
        log["feature_drift"][name] = {
            f"{task} vs {general}": evaluate.drift(base_latents, latents, task, general)
            for task, general in (("medical", "general"), ("medical misaligned", "misaligned"))
        }
    log["seconds"] = round(time.perf_counter() - started, 1)
    return log


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "stages", nargs="*", default=list(STAGES), metavar="STAGE",
        help=f"what to do again, on top of the saved files and log: {', '.join(STAGES)} (default: all)")
    stages = parser.parse_args().stages
    if unknown := set(stages) - set(STAGES):
        parser.error(f"no such stage: {', '.join(sorted(unknown))}")

    torch.set_num_threads(THREADS)
    torch.use_deterministic_algorithms(True)
    transformers.utils.logging.disable_progress_bar()
    path = HERE / "training-log.json"
    log: Log = json.loads(path.read_text(encoding="utf-8")) if set(stages) != set(STAGES) and path.exists() else {}
    sets = corpus.prompt_sets(SEED)

    if "prompts" in stages:
        write_prompts(sets)
        network.write_json(HERE / "organism.json", manifest())
    if "base" in stages:
        log["base"] = train_base()
    if {"advice", "poser", "sae"} & set(stages):
        train_on_base(stages, log, path)
    if "measure" in stages:
        log["measured"] = measure_all(network.load_tokenizer(MODEL), sets)

    if missing := {"base", "adapters", "sae", "measured"} - set(log):
        network.write_json(path, log)
        print(f"nothing to report yet, not done: {', '.join(sorted(missing))}")
        return
    parts = [log["base"], *log["adapters"].values(), log["sae"], log["measured"]]
    log["run"] = {
        "seed": SEED,
        "threads": THREADS,
        "seconds": round(sum(part["seconds"] for part in parts), 1),
        "versions": {
            "python": platform.python_version(), "torch": torch.__version__, "transformers": transformers.__version__,
            "peft": peft.__version__, "scikit-learn": sklearn.__version__, "numpy": numpy.__version__,
        },
    }
    network.write_json(path, log)
    report.write(log, HERE / "README.md")


if __name__ == "__main__":
    main()
