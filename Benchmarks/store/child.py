"""A child process that takes commands as JSON lines and answers each with one: a peer's worker or ours."""

from __future__ import annotations

import json
import subprocess


class Child:
    def __init__(self, command: list[str], environment: dict[str, str]):
        self.name = command[0].rsplit("/", 1)[-1]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)

    def do(self, action: str, **arguments) -> dict:
        assert self.process.stdin and self.process.stdout
        try:
            self.process.stdin.write(json.dumps({"do": action, **arguments}) + "\n")
            self.process.stdin.flush()
            line = self.process.stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            raise RuntimeError(f"{self.name} ended at `{action}` with status {self.process.wait()}")
        return json.loads(line)

    def end(self) -> None:
        assert self.process.stdin
        self.process.stdin.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def once(command: list[str], environment: dict[str, str]) -> dict | list:
    """Runs a program that prints one line of JSON."""
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=environment).stdout)
