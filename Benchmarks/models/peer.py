"""The transformers side: commands as JSON lines on stdin, each answered by one on stdout. `peer.py THREADS`."""

from __future__ import annotations

import json
import resource
import sys
import time

import torch
from transformers import AutoModelForCausalLM


class Peer:
    def __init__(self, threads: int):
        torch.set_num_threads(threads)
        self.handles: list = []

    def load(self, path: str) -> dict:
        self.model = AutoModelForCausalLM.from_pretrained(path, dtype=torch.float32).eval()
        return {}

    def prompts(self, prompts: list[list[int]]) -> dict:
        """Hooks that copy every layer's output into memory that is there already, padding left out."""
        self.ids = prompts
        self.firsts = [sum(len(ids) for ids in prompts[:index]) for index in range(len(prompts))]
        layers = self.model.model.layers
        total = sum(map(len, prompts))
        self.kept = torch.zeros(len(layers), total, self.model.config.hidden_size)
        for handle in self.handles:
            handle.remove()

        def keeper(number: int):
            def hook(_module, _inputs, result):
                value = result[0] if isinstance(result, tuple) else result
                for row, index in enumerate(self.now):
                    length = len(self.ids[index])
                    first = self.firsts[index]
                    self.kept[number, first : first + length].copy_(value[row, :length])
            return hook

        self.handles = [layer.register_forward_hook(keeper(number)) for number, layer in enumerate(layers)]
        return {}

    def prefill(self, batch: int) -> dict:
        """Prompts in order, as many together as fit into `batch` tokens with their padding on the right."""
        groups: list[list[int]] = []
        for index, ids in enumerate(self.ids):
            last = groups[-1] if groups else None
            if last and max(len(ids), *(len(self.ids[one]) for one in last)) * (len(last) + 1) <= batch:
                last.append(index)
            else:
                groups.append([index])
        with torch.inference_mode():
            for self.now in groups:
                longest = max(len(self.ids[index]) for index in self.now)
                padded = torch.zeros(len(self.now), longest, dtype=torch.long)
                for row, index in enumerate(self.now):
                    padded[row, : len(self.ids[index])] = torch.tensor(self.ids[index])
                # What is padded comes after everything that counts: causal attention needs no mask for it.
                self.model.model(input_ids=padded, use_cache=False)
        return {}

    def generate(self, prompts: list[list[int]], count: int) -> dict:
        for handle in self.handles:
            handle.remove()
        found = []
        with torch.inference_mode():
            ids = torch.tensor(prompts)
            out = self.model.generate(
                ids, attention_mask=torch.ones_like(ids), do_sample=False, max_new_tokens=count, eos_token_id=None, pad_token_id=0)
            found = out[:, ids.shape[1] :].tolist()
        return {"tokens": found}

    def values(self, layer: int, prompt: int) -> dict:
        first = self.firsts[prompt]
        return {"values": self.kept[layer, first : first + len(self.ids[prompt])].flatten().tolist()}


def main() -> None:
    peer = Peer(int(sys.argv[1]))
    for line in sys.stdin:
        command = json.loads(line)
        action = command.pop("do")
        start = time.perf_counter()
        answer = getattr(peer, action)(**command)
        seconds = time.perf_counter() - start
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        print(json.dumps({"seconds": seconds, "peakBytes": peak, **answer}), flush=True)


if __name__ == "__main__":
    main()
