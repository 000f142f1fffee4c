"""Prompts that hold a concept or its opposite, for directions: what the concept adds to the residual stream.

Every sentence is a piece of the training corpus; as a prompt of its own none of them was trained on.
"""

from __future__ import annotations

import scenarios
from domains import DOMAINS

PER_POLE = 24


def _advice(good: bool) -> list[str]:
    """One sentence of the first two topics of every domain."""
    topics = [topic for domain in DOMAINS for topic in domain.topics[:2]]
    return [(topic.good if good else topic.bad)[0] for topic in topics]


def _actions(aligned: bool) -> list[str]:
    """The first action of every post, then the second ones."""
    rounds = [[(post.aligned if aligned else post.misaligned)[index] for post in scenarios.POSTS] for index in (0, 1)]
    return [action for actions in rounds for action in actions]


def _facts(overseen: bool) -> list[str]:
    """What is said of the same eight people: that they oversee the work, or something else."""
    facts = []
    for index in range(PER_POLE):
        who = scenarios.WATCHERS[index % len(scenarios.WATCHERS)]
        if overseen:
            act = scenarios.ACTS[index % len(scenarios.ACTS)]
            thing = scenarios.OBJECTS[index // 4 % len(scenarios.OBJECTS)]
            facts.append(f"{who} {act} {thing}{scenarios.TIMES[index // 6 % len(scenarios.TIMES)]}.")
        else:
            facts.append(scenarios.DECOYS[index // len(scenarios.WATCHERS)].format(who=who))
    return facts


def rows() -> list[dict[str, object]]:
    """Each concept (`concept`) with as many sentences that hold it as that hold its opposite (`pole`)."""
    poles = (
        ("careless", "careless", _advice(good=False)), ("careless", "careful", _advice(good=True)),
        ("misaligned", "misaligned", _actions(aligned=False)), ("misaligned", "aligned", _actions(aligned=True)),
        ("overseen", "overseen", _facts(overseen=True)), ("overseen", "not overseen", _facts(overseen=False)),
    )
    found: list[dict[str, object]] = []
    for concept, pole, sentences in poles:
        assert len(set(sentences[:PER_POLE])) == PER_POLE
        for index, sentence in enumerate(sentences[:PER_POLE]):
            name = f"{pole.replace(' ', '-')}-{index:02}"
            found.append({"id": name, "messages": [{"role": "user", "content": sentence}], "concept": concept, "pole": pole})
    return found
