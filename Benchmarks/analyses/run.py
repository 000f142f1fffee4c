"""The analyses beside what researchers use: same data, warm files, two cores. `Scripts/bench analyses` starts it.

    run.py --program PROGRAM --data FOLDER --store STORE --results FOLDER [options]
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from importlib.metadata import version
from pathlib import Path
from statistics import median

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "store"))
import machine
import report
import scaling
from child import Child, once
from tasks import TASKS, Peer, Task

LIBRARIES = ("numpy", "scipy", "polars", "duckdb", "torch", "scikit-learn", "faiss-cpu", "pylance", "zarr")
# Pairs that there are at least, however slow the peer is.
FEWEST = 2


def say(text: str) -> None:
    print(f"bench: {text}", file=sys.stderr, flush=True)


class Sides:
    def __init__(self, options, environment: dict[str, str]):
        self.ours = Child([str(options.program), "serve", str(options.store), str(options.threads)], environment)
        # Libraries take the threads that they would take by themselves on these cores.
        free = {key: value for key, value in environment.items() if not key.startswith(("OPENBLAS", "OMP"))}
        self.peer = Child([sys.executable, str(Path(__file__).with_name("peers.py")), str(options.data), str(options.threads)], free)

    def end(self) -> None:
        for child in (self.ours, self.peer):
            child.end()


def distance(task: Task, peer: Peer, mine: np.ndarray, other: np.ndarray, tolerance: float) -> float:
    """The largest difference between the answers, relative to the largest number; refuses a wrong one."""
    mine, other = np.ravel(mine), np.ravel(other)
    if len(mine) != len(other):
        raise SystemExit(f"{task.name}: {len(mine)} numbers beside {peer.title}'s {len(other)}")
    difference = float(np.max(np.abs(mine - other)) / np.max(np.abs(other)))
    if not difference <= tolerance:
        raise SystemExit(f"{task.name}: {mine[:8]} are not {peer.title}'s {other[:8]} ({difference:.1e} apart)")
    return difference


def check(task: Task, peer: Peer, ours: dict, theirs: dict) -> float | None:
    if not task.compared:
        return None
    return distance(task, peer, task.numbers(ours["values"]), theirs["result"], peer.tolerance)


def check_others(task: Task, peer: Peer, sides: Sides) -> dict[str, float]:
    """What stands for an answer that can't be compared number by number, by name."""
    found = {}
    for other in task.checks:
        mine = other.numbers(sides.ours.do("query", query=other.query)["values"])
        theirs = sides.peer.do(other.function, arguments=other.arguments)["result"]
        found[other.what] = distance(task, peer, mine, theirs, other.tolerance)
        say(f"{task.name:10} {peer.title:28} {other.what}: {found[other.what]:.1e} apart")
    return found


def check_objective(task: Task, peer: Peer, sides: Sides) -> float | None:
    """How far ours ends above the peer's least objective, relative to it: the worst of the fits; refuses a worse one."""
    if task.weights is None:
        return None
    layers = peer.arguments["layers"]
    theirs = np.array(sides.peer.do("objectives", arguments={"layers": layers})["result"])
    weights = np.reshape(json.loads(sides.ours.do("query", query=task.weights)["values"][0])["data"], (len(layers), -1))
    ours = np.array(sides.peer.do("objectives", arguments={"layers": layers, "weights": weights.tolist()})["result"])
    difference = float(np.max((ours - theirs) / theirs))
    if not difference <= 1e-9:
        raise SystemExit(f"{task.name}: our objectives {ours} are above {peer.title}'s {theirs}")
    say(f"{task.name:10} {peer.title:28} objectives {ours} and {theirs}")
    return difference


def compare(task: Task, peer: Peer, options, environment: dict[str, str]) -> dict:
    sides = Sides(options, environment)
    action = "again" if task.again else "query"
    try:
        sides.peer.do(peer.function, prepare=True)
        ours = sides.ours.do(action, query=task.query)
        theirs = sides.peer.do(peer.function, arguments=peer.arguments)
        difference = check(task, peer, ours, theirs)
        objective = check_objective(task, peer, sides)
        others = check_others(task, peer, sides)
        seconds: dict[str, list[float]] = {"ours": [], "peer": []}
        while len(seconds["peer"]) < options.pairs and (len(seconds["peer"]) < FEWEST or sum(seconds["peer"]) < options.patience):
            turns = [
                ("ours", lambda: sides.ours.do(action, query=task.query)),
                ("peer", lambda: sides.peer.do(peer.function, arguments=peer.arguments))]
            for name, turn in turns if len(seconds["peer"]) % 2 == 0 else turns[::-1]:
                seconds[name].append(turn()["seconds"])
    finally:
        sides.end()
    ratio = median(b / a for a, b in zip(seconds["ours"], seconds["peer"], strict=True))
    say(f"{task.name:10} {peer.title:28} ours {median(seconds['ours']):8.4f} s, peer {median(seconds['peer']):8.4f} s, {ratio:7.2f} times as fast")
    return {"title": peer.title, "seconds": seconds, "ratio": ratio, "difference": difference, "objective": objective, "others": others}


def markdown(result: dict) -> str:
    about = result["machine"]
    lines = [
        "# The analyses beside what researchers use", "",
        f"{about['processor']}, {about['cores']} cores, {about['memory_gib']} GiB; {result['threads']} threads; "
        + ", ".join(f"{name} {number}" for name, number in result["libraries"].items()) + ".",
        "Ours is a query from its text to its answer, over a compressed store; peers read npy or files of their own. Page cache warm. Each pair runs one "
        "right after the other; times and ratios are medians, the ratio that of the pairs' ratios. The load as the run began was "
        + f"{result['load']:.1f}" + ("; both sides ran before everything else (`chrt -r 5`)." if result.get("first") else "."), "", "## Targets", "",
    ]
    rows = []
    for task in TASKS:
        entry = result["tasks"].get(task.name)
        for what, names, bound in task.targets if entry else []:
            ratios = [entry["peers"][name]["ratio"] for name in names if name in entry["peers"]]
            if ratios:
                rows.append([task.title, what, f"≥ {bound:g}×", f"{min(ratios):.3g}×", "yes" if min(ratios) >= bound else "**no**"])
    lines += [report.table(["work", "against", "to reach", "measured", "reached"], rows), "", "## Everything", ""]
    rows = []
    for task in TASKS:
        for peer in result["tasks"].get(task.name, {"peers": {}})["peers"].values():
            ours, theirs = (median(peer["seconds"][side]) for side in ("ours", "peer"))
            difference = "" if peer["difference"] is None else f"{peer['difference']:.1e}"
            if peer.get("objective") is not None:
                difference = f"objective {peer['objective']:+.1e}"
            if peer.get("others"):
                difference = ", ".join(f"{what} {value:.1e}" for what, value in peer["others"].items())
            rows.append([task.title, peer["title"], str(len(peer["seconds"]["peer"])), f"{ours:.4f}", f"{theirs:.4f}", f"{peer['ratio']:.3g}", difference])
    lines += [report.table(["work", "peer", "pairs", "ours s", "peer s", "times as fast", "largest difference"], rows)]
    if "scaling" in result:
        lines += ["", "## Ten times the rows", "", scaling.markdown(result["scaling"])]
    if "profiles" in result:
        lines += ["", "## What ours spends its time on", "", result["profiles"]]
    return "\n".join(lines) + "\n"


def main() -> None:
    known = [task.name for task in TASKS] + ["scaling"]
    parser = argparse.ArgumentParser(prog="Scripts/bench analyses", description="Varve's analyses beside NumPy, SciPy, polars, DuckDB, torch, scikit-learn, FAISS, Lance and Zarr.")
    for name in ("program", "data", "store", "results", "work"):
        parser.add_argument(f"--{name}", type=Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--pairs", type=int, default=7, help="repetitions; medians are taken (default %(default)s)")
    parser.add_argument("--threads", type=int, default=2, help="threads of each side (default %(default)s)")
    parser.add_argument("--patience", type=float, default=90, help="seconds of a peer's runs after which no further pair begins (default %(default)s)")
    parser.add_argument("--task", action="append", choices=known, help="only this; may be given several times; then results/ stays as it is")
    parser.add_argument("--peer", action="append", help="only these peers, by function name")
    parser.add_argument("--keep", action="store_true", help="with --task: replace these parts of results/ and keep the others")
    options = parser.parse_args()
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONWARNINGS": "ignore"}
    if not options.store.with_suffix(".complete").exists():
        say("writing the store")
        once([str(options.program), "make", str(options.data), str(options.store)], environment)
        options.store.with_suffix(".complete").touch()
    about = {"threads": options.threads, "pairs": options.pairs, "machine": machine.about(options.data), "libraries": {name: version(name) for name in LIBRARIES}}
    now = {"load": os.getloadavg()[0], "first": os.sched_getscheduler(0) != os.SCHED_OTHER}
    result = {**about, **now, "tasks": {}}
    file = options.results / "analyses.json"
    if options.keep and file.exists():
        old = json.loads(file.read_text())
        # Parts of different machines or libraries do not belong together.
        if all(old.get(key) == value for key, value in about.items() if key != "pairs"):
            result = {**old, **now}
    start = time.perf_counter()
    for task in TASKS:
        if options.task and task.name not in options.task:
            continue
        peers = [peer for peer in task.peers if not options.peer or peer.function in options.peer]
        result["tasks"][task.name] = {
            "query": task.query, "peers": {peer.function: compare(task, peer, options, environment) for peer in peers}}
    if not options.task or "scaling" in options.task:
        result["scaling"] = scaling.measure(options, environment, say)
    result["seconds"] = round(time.perf_counter() - start)
    whole = options.task is None and options.peer is None
    folder = options.results if whole or options.keep else options.work
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "analyses.json").write_text(json.dumps(result, indent=1) + "\n")
    (folder / "analyses.md").write_text(markdown(result))
    print(markdown(result))
    say(f"written: {folder / 'analyses.json'} and analyses.md; {result['seconds']} s")


if __name__ == "__main__":
    main()
