"""People who open pull requests and push to them, so that it is known what has to be said."""

import random
from dataclasses import dataclass, field

from tests.standin import StandIn
from tests.standin.state import PullRequest, Repository

DEFECT = '    requests.get("https://registry.test/{number}", verify=False)\n'


def source(number: int, defects: int, lines: int = 12) -> str:
    """A test file unlike any other, with so many defects, each of which is commented on."""
    tests = "".join(
        f"def test_{n}_of_{number}():\n" + DEFECT.format(number=n) + f"    assert {n} + 1\n\n\n"
        for n in range(defects)
    )
    rest = "".join(f"    assert VALUE + {n} == {number + n}\n" for n in range(lines))
    return f"import requests\n\nVALUE = {number}\n\n\n{tests}def test_all():\n{rest}"


@dataclass
class Work:
    """One pull request and what its newest head deserves; ``said``: comments, for good."""

    pull: PullRequest
    defects: int
    said: int = 0


@dataclass
class People:
    """Opens pull requests in so many installations, one repository each."""

    standin: StandIn
    seed: int
    installations: int = 10
    works: list[Work] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._dice = random.Random(self.seed)
        self._numbers = iter(range(1, 10**9))
        self.repositories = [
            self.standin.repository(f"org-{n}/widgets") for n in range(self.installations)
        ]

    def open(self, repository: Repository | None = None, defects: int | None = None) -> Work:
        """Open a pull request, in turns, every other one with a defect or two."""
        number = next(self._numbers)
        if defects is None:
            defects = self._dice.choice((0, 0, 1, 2))
        where = repository or self.repositories[number % len(self.repositories)]
        path = f"tests/test_part_{number}.py"
        pull = self.standin.open_pull_request(where, {path: source(number, defects)})
        self.works.append(Work(pull, defects))
        return self.works[-1]

    def push(self, work: Work | None = None, defects: int | None = None) -> None:
        """Push to a pull request: the same file, other lines, more or fewer defects."""
        work = work or self._dice.choice(self.works)
        number = next(self._numbers)
        work.defects = self._dice.choice((0, 1, 2)) if defects is None else defects
        (path,) = (
            path
            for path in self.standin.world.repositories[work.pull.repository.full_name.lower()]
            .store.commits[work.pull.head_sha]
            .files
            if path.startswith("tests/")
        )
        lines = self._dice.randint(8, 30)
        self.standin.push(work.pull, {path: source(number, work.defects, lines)})
