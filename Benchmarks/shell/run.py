"""How long a person waits for the shell: from start to prompt, from Tab to what it offers, from Ctrl-C to the prompt.

Everything is driven through a pseudo-terminal, as a person would: the clock runs from the call that starts the program, or from the byte
that the key sends, to the byte of the answer. The store has ten thousand chunks in one capture, one a prompt, beside a second capture.

    python3 Benchmarks/shell/run.py [--program varve] [--runs N] [--keep]
"""

import argparse
import os
import pty
import random
import select
import shutil
import signal
import statistics
import subprocess
import sys
import time


class Shell:
    """varve shell on a terminal of 100 × 40."""

    def __init__(self, program, store, home):
        self.start = time.perf_counter()
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.environ.update(TERM="xterm", HOME=home, COLUMNS="100")
            os.environ.pop("OPENBLAS_CORETYPE", None)
            os.execv(program, [program, "shell", store])
        self.seen = b""
        self.ready = self.until(lambda text: b"varve> " in text) - self.start

    def until(self, holds, seconds=60):
        """Reads until what came since the last wait holds; when that was."""
        end = time.perf_counter() + seconds
        text = b""
        while True:
            if holds(text):
                self.seen = text
                return time.perf_counter()
            if time.perf_counter() > end:
                raise SystemExit(f"nothing came: {text[-500:]!r}")
            if select.select([self.fd], [], [], 0.05)[0]:
                try:
                    text += os.read(self.fd, 65536)
                except OSError:
                    raise SystemExit(f"the shell ended: {text[-500:]!r}")

    def quiet(self, seconds=0.15):
        """Reads what still comes."""
        while select.select([self.fd], [], [], seconds)[0]:
            os.read(self.fd, 65536)

    def key(self, bytes_, holds, settled=True):
        """Seconds from a key to what it brings."""
        if settled:
            self.quiet()
        begin = time.perf_counter()
        os.write(self.fd, bytes_)
        return self.until(holds) - begin

    def type(self, text):
        os.write(self.fd, text.encode())
        self.quiet()

    def end(self):
        os.write(self.fd, b"\x03\x04")
        try:
            while os.read(self.fd, 65536):
                pass
        except OSError:
            pass
        os.waitpid(self.pid, 0)
        os.close(self.fd)


COMPLETIONS = [
    ("a verb after a pipe", 'capture("base", "many").resid_post | ', b"mean"),
    ("a verb after a long pipe", 'capture("base", "many").resid_post | where(position > 2) | norm | mean(token) | su', b"summary"),
    ("a dimension", 'capture("base", "many").resid_post[', b"layer="),
    ("a column", 'capture("base", "many").resid_post | where(gr', b"group"),
    ("a value of a column", 'capture("base", "many").resid_post | where(group == "', b"a  b"),
    ("a model", 'capture("', b"base"),
    ("a data set", 'capture("base", "', b"many"),
    ("the start of a line", "capt", b"captures"),
]

# Typed at once, Tab included; what is waited for is not among the keys.
FIRST = [
    ("a model", 'capture("', b"base"),
    ("a verb", 'capture("base", "many").resid_post | nor', b"normalize"),
]

MANY = 'capture("base", "many").resid_post'

# Each lasts for seconds: what it does when Ctrl-C comes is a matter of chance, drawn by `--seed`.
LONG = [
    ("fits", 'capture("base", "few").resid_post | mean(token) | split(test=0.2, repeats=10000, seed=1) | logreg(y=group, C=[0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100]) | score | summary'),
    ("passes over all chunks", " + ".join(f"({MANY} | norm | quantile(0.{n}))" for n in range(1, 10))),
    ("pooling all chunks", " + ".join(f"({MANY} | norm | std(by=group) | max(group, layer)) * 0.{n}" for n in range(1, 10))),
    ("components of all chunks", "\n".join(f"{MANY}[layer=0] | head({n}) | pca(2)" for n in range(9900, 9990, 10))),
    ("a choice of tokens", "\n".join(f"{MANY} | where(position > {n} and token_id != {n}) | norm | mean" for n in range(9))),
    ("pairs", "\n".join(f'pair((capture("base", "many") | head({n})), capture("base", "many")).resid_post | right | norm | mean' for n in range(9900, 9990, 10))),
    ("rows in memory", "\n".join(f"{MANY} | head({n}) | sort(group) | count" for n in range(9900, 9990, 10))),
    ("fits on all rows", MANY + " | split(test=0.2, repeats=500, seed=1) | logreg(y=group) | score | summary"),
    ("a bootstrap", MANY + " | norm | bootstrap(100000, seed=1) | ci"),
    ("a permutation test", MANY + " | norm | permutation_test(group, n=300000, seed=1)"),
    ("SQL", 'sql("with recursive c(x) as (select 1 union all select x + 1 from c) select count(*) from c")'),
]


def make(package, store):
    """The store: `many` has a chunk a prompt, `few` has one for all; written by a test of the package, which knows the format."""
    subprocess.run(
        ["swift", "test", "--package-path", package, "--filter", "ManyChunks"], check=True, stdout=sys.stderr,
        env=dict(os.environ, VARVE_MANY_CHUNKS=store))


def milliseconds(times):
    times = [1000 * one for one in times]
    return f"{statistics.median(times):8.1f} {max(times):8.1f}"


def main():
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    package = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    arguments.add_argument("--program", default=os.path.join(package, ".build/release/varve"))
    arguments.add_argument("--work", default=os.path.join(package, ".build/bench"))
    arguments.add_argument("--results", help="folder that gets shell.txt")
    arguments.add_argument("--runs", type=int, default=20)
    arguments.add_argument("--seed", type=int, default=1, help="of the moments at which Ctrl-C is pressed")
    arguments.add_argument("--keep", action="store_true", help="use the store of the last run")
    options = arguments.parse_args()
    folder = os.path.join(options.work, "shell")
    store = os.path.join(folder, "store")
    if not (options.keep and os.path.exists(store)):
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder)
        make(package, store)
    home = os.path.join(folder, "home")
    os.makedirs(home, exist_ok=True)
    lines = []

    def say(line):
        print(line, flush=True)
        lines.append(line)

    say(f"{'milliseconds':44} {'median':>8} {'worst':>8}")

    ready = []
    for _ in range(options.runs):
        shell = Shell(options.program, store, home)
        ready.append(shell.ready)
        shell.end()
    say(f"{'start to prompt':44} {milliseconds(ready)}")

    # The keys are there as soon as the prompt is: the names of the store may still be being read.
    for what, before, wanted in FIRST:
        times = []
        for _ in range(options.runs):
            shell = Shell(options.program, store, home)
            times.append(shell.key(before.encode() + b"\t", lambda text: wanted in text, settled=False))
            shell.end()
        say(f"{'first Tab after the prompt: ' + what:44} {milliseconds(times)}")

    chance = random.Random(options.seed)
    shell = Shell(options.program, store, home)
    for what, before, wanted in COMPLETIONS:
        times = []
        for _ in range(options.runs):
            shell.type(before)
            times.append(shell.key(b"\t", lambda text: wanted in text))
            shell.type("\x03")
        say(f"{'Tab: ' + what:44} {milliseconds(times)}")
    for what, query in LONG:
        times = []
        for _ in range(max(3, options.runs // 2)):
            shell.type("\x1b[200~" + query + "\x1b[201~")
            shell.key(b"\r", lambda text: b"Ctrl-C stops" in text)
            time.sleep(chance.uniform(0, 0.5))
            times.append(shell.key(b"\x03", lambda text: b"interrupted" in text and b"varve> " in text, settled=False))
        say(f"{'Ctrl-C to prompt: ' + what:44} {milliseconds(times)}")
    shell.end()
    text = "\n".join(lines) + "\n"
    if options.results:
        with open(os.path.join(options.results, "shell.txt"), "w") as file:
            file.write(text)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)
    main()
