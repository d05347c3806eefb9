"""What is wrong with a file that somebody wrote: each mistake with its line, in both languages."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from queue_service.offices.lines import Path as Where

Wrong: TypeAlias = Callable[[Where, str, str], None]  # notes a mistake; the reading goes on


@dataclass(frozen=True)
class Problem:
    """One thing wrong with a file; `where`: its place in the tables, for who sees a form."""

    line: int
    vi: str
    en: str
    where: Where = ()


class FileError(Exception):
    """A file that cannot be imported, with everything that is wrong with it."""

    def __init__(self, name: str, problems: Sequence[Problem]) -> None:
        super().__init__(name)
        self.name = name
        self.problems = sorted(problems, key=lambda problem: problem.line)

    def __str__(self) -> str:
        return "\n".join(
            f"{self.name}:{problem.line}: {problem.vi}\n  {problem.en}" for problem in self.problems
        )
