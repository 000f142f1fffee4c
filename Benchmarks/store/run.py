"""The store's benchmark: ours beside its peers on the same data, and what only ours has. `Scripts/bench store` starts it.

    run.py --program PROGRAM --data FOLDER --work FOLDER --results FOLDER [options]
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from pathlib import Path

import machine
import report
from child import Child
from ours import FIGURES, Ours
from pairs import OPERATIONS, Pairs, remove, say
from peers import PEERS


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="Scripts/bench store", description="Varve's store beside other libraries, on real activations.")
    for name in ("program", "data", "work", "results"):
        parser.add_argument(f"--{name}", type=Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--peers", default=",".join(PEERS), help="comma-separated, or none: %(default)s")
    parser.add_argument("--operations", default=",".join(OPERATIONS), help="comma-separated: %(default)s")
    parser.add_argument("--ours", default=",".join(FIGURES), help="figures of ours alone, comma-separated, or none: %(default)s")
    parser.add_argument("--pairs", type=int, default=5, help="repetitions; medians are taken (default %(default)s)")
    parser.add_argument("--quick", action="store_true", help="three pairs with npy and HDF5 + blosc; only speeds of blocks alone")
    options = parser.parse_args()
    if options.quick:
        options.peers, options.ours, options.pairs = "npy,hdf5-blosc", "columns,blocks", 3
    for name, known in (("peers", PEERS), ("operations", OPERATIONS), ("ours", FIGURES)):
        wanted = [] if getattr(options, name) == "none" else getattr(options, name).split(",")
        if unknown := [item for item in wanted if item not in known]:
            parser.error(f"--{name}: {', '.join(unknown)} is none of {', '.join(known)}")
        setattr(options, name, wanted)
    # What takes part in the committed result is everything; a part of it goes elsewhere.
    options.whole = (
        options.peers == list(PEERS) and options.operations == list(OPERATIONS) and options.ours == list(FIGURES) and options.pairs >= 5
    )
    return options


def main() -> None:
    options = arguments()
    start = time.perf_counter()
    options.work.mkdir(parents=True, exist_ok=True)
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONWARNINGS": "ignore"}
    data = json.loads((options.data / "data.json").read_text())
    result = {
        "pairs": options.pairs, "machine": machine.about(options.work), "libraries": machine.libraries(),
        "data": {"digest": data["digest"], "model": data["model"], "sets": {name: entry["about"] for name, entry in data["sets"].items()}},
        "bytes": report.set_bytes(data["sets"]["main-f16"]), "peers": {},
    }
    for name in options.peers:
        ours = Child([str(options.program), "serve", str(options.data), "main-f16"], environment)
        peer = Child([sys.executable, str(Path(__file__).with_name("worker.py")), name, str(options.data)], environment)
        try:
            result["peers"][name] = Pairs(ours, peer, options.work, options.pairs, options.operations).run(result["bytes"])
        finally:
            ours.end()
            peer.end()
            for path in (options.work / "ours", options.work / "peer"):
                remove(path)
    result["ours"] = Ours(str(options.program), options.data, options.work, environment).measure(options.ours, options.pairs)
    result["seconds"] = round(time.perf_counter() - start)
    folder = options.results if options.whole else options.work
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "store.json").write_text(json.dumps(result, indent=1) + "\n")
    text = report.markdown(result)
    (folder / "store.md").write_text(text)
    print(text)
    say(f"written: {folder / 'store.json'} and store.md; {result['seconds']} s")


if __name__ == "__main__":
    main()
