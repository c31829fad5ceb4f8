"""Session notes that tell a story: a complaint has an arc, and no sentence is ever written twice.

A sentence joins two clauses of a case and fills in what was measured. Within a run of visits no clause comes
back before the others had their turn; `Writer` remembers every sentence of the demo.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import permutations

Clauses = tuple[str, ...]
SENTENCE_END = re.compile(r"(?<=[.!?])\s+")


@dataclass(frozen=True)
class Case:
    """A complaint: how it feels, what is found, what is done.

    `pain` and `angle` go from the first visit to the last.
    """

    service: str
    pain: tuple[int, int]
    angle: tuple[int, int]
    early: Clauses
    late: Clauses
    feels: Clauses
    finds: Clauses
    beside: Clauses
    does: Clauses
    judges_early: Clauses
    judges_late: Clauses
    plans: Clauses
    kg: tuple[int, int] = (4, 12)


@dataclass(frozen=True)
class Language:
    """Clauses that fit every complaint, and `asides` of which each is said once."""

    sides: Clauses
    responses: Clauses
    arcs_early: Clauses
    arcs_late: Clauses
    follow_ups: Clauses
    asides: Clauses


@dataclass
class Episode:
    """One client's visits for one complaint. Visits count from one, as people do."""

    case: Case
    total: int
    side: str
    first_pain: int
    visit: int = 0
    weeks: int = 0
    turns: dict[int, list[str]] = field(default_factory=dict)

    @property
    def progress(self) -> float:
        return min(1.0, self.visit / max(1, self.total - 1))


class Writer:
    """Writes the notes of one practice, visit by visit."""

    def __init__(self, language: Language, chance: random.Random) -> None:
        self.language = language
        self.chance = chance
        self.said: set[str] = set()
        self.asides = list(language.asides)
        chance.shuffle(self.asides)

    def begin(self, case: Case, total: int) -> Episode:
        first = case.pain[0] + self.chance.randrange(-1, 2)
        return Episode(case, total, self.chance.choice(self.language.sides), first)

    def note(self, episode: Episode, weeks: int) -> dict[str, str]:
        """Return the four sections of the next visit, `weeks` after the first."""
        case, language = episode.case, self.language
        is_early = episode.progress < 0.45
        episode.weeks = max(1, weeks)
        facts = self._facts(episode)
        subjective = self._sentence(episode, case.early if is_early else case.late, case.feels, ", ", facts)
        if self.asides and self.chance.random() < 0.1:
            subjective = f"{subjective} {self.asides.pop()}"
        findings = self._sentence(episode, case.finds, case.beside, ", ", facts)
        treatment = self._sentence(episode, case.does, language.responses, ": ", facts)
        words = {
            "subjective": subjective,
            "objective": f"{findings} {treatment}",
            "assessment": self._sentence(
                episode,
                case.judges_early if is_early else case.judges_late,
                language.arcs_early if is_early else language.arcs_late,
                ": ",
                facts,
            ),
            "plan": self._sentence(episode, case.plans, language.follow_ups, "; ", facts),
        }
        episode.visit += 1
        return words

    def _facts(self, episode: Episode) -> Callable[[], dict[str, object]]:
        """Return what fills the clauses in: the arc of the complaint, and small things that vary."""
        chance, case = self.chance, episode.case
        pain = _between(episode.first_pain, case.pain[1], episode.progress)
        arc = {
            "side": episode.side,
            "pain": max(0, pain),
            "first": episode.first_pain,
            "angle": _between(*case.angle, episode.progress) + chance.randrange(-1, 2),
            "after": max(0, pain - chance.randrange(1, 3)),
            "visit": episode.visit + 1,
            "next": episode.visit + 2,
            "total": max(episode.total, episode.visit + 2),
            "weeks": max(2, episode.weeks),
            "soon": episode.weeks + chance.randrange(2, 5),
        }

        def facts() -> dict[str, object]:
            return arc | {
                "min": chance.choice((10, 12, 15, 20, 25, 30, 35, 40, 45)),
                "days": chance.randrange(2, 7),
                "secs": chance.randrange(15, 65, 5),
                "sets": chance.randrange(2, 5),
                "reps": chance.randrange(6, 17),
                "cm": chance.randrange(3, 12),
                "step": chance.randrange(10, 26),
                "chair": chance.randrange(42, 51),
                "kg": chance.randrange(*case.kg),
                "km": chance.randrange(2, 9),
                "interval": chance.randrange(5, 15),
                "limit": chance.randrange(3, 6),
                "gain": chance.randrange(3, 11),
            }

        return facts

    def _sentence(
        self,
        episode: Episode,
        heads: Clauses,
        tails: Clauses,
        between: str,
        facts: Callable[[], dict[str, object]],
    ) -> str:
        head = self._turn(episode, heads)
        for ending in self._endings(episode, tails):
            text = f"{head}{between}{ending}".format(**facts())
            sentence = f"{text[0].upper()}{text[1:]}."
            if sentence not in self.said:
                self.said.add(sentence)
                return sentence
        raise AssertionError("The demo has nothing new to say: it needs more clauses.")

    def _endings(self, episode: Episode, tails: Clauses) -> Iterator[str]:
        """Yield one clause after the other; when a sentence with each was said before, two at a time."""
        for _tail in tails:
            yield self._turn(episode, tails)
        for one, two in self.chance.sample(list(permutations(tails, 2)), len(tails) * (len(tails) - 1)):
            yield f"{one}, {two}"

    def _turn(self, episode: Episode, clauses: Clauses) -> str:
        """Return the next clause of a shuffled round, so that none comes back before the others were said."""
        left = episode.turns.setdefault(id(clauses), [])
        if not left:
            left += self.chance.sample(clauses, len(clauses))
        return left.pop()


def sentences_of(texts: Sequence[str]) -> Iterator[str]:
    """Yield the sentences of texts, one line after the other."""
    for text in texts:
        for line in text.splitlines():
            yield from filter(None, map(str.strip, SENTENCE_END.split(line)))


def _between(first: int, last: int, progress: float) -> int:
    return round(first + (last - first) * progress)
