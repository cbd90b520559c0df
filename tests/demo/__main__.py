"""Opens a pull request on our GitHub stand-in and tells what the App does with it."""

import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markdown import Markdown
from rich.padding import Padding
from rich.panel import Panel
from rich.progress import Progress, SpinnerColumn, TextColumn
from rich.syntax import Syntax

from tests.demo.github import Reader
from tests.demo.page import render
from tests.running import HOUSE, TimedOutError, app, wait
from tests.standin import StandIn
from tests.standin.stage import folder
from tests.standin.state import PullRequest, Repository

SAMPLES = HOUSE / "tests" / "samples"
PAGE = HOUSE / "var" / "demo" / "pull-request.html"
REPOSITORY, AUTHOR = "orchard/orchard", "mira"


class Story:
    """The terminal: steps, and what GitHub shows after each."""

    def __init__(self) -> None:
        self.console = Console()
        self._began = time.monotonic()

    @contextmanager
    def step(self, text: str) -> Iterator[None]:
        """Show a spinner while it lasts, then the step with the seconds it took."""
        began = time.monotonic()
        spinner = SpinnerColumn()
        with Progress(spinner, TextColumn("{task.description}"), transient=True) as progress:
            progress.add_task(text)
            yield
        self.console.print(f"[green]✓[/] {text} [dim]({time.monotonic() - began:.1f} s)[/]")

    def run(self, run: Any) -> None:
        """One check run: its conclusion, title and summary."""
        good = run["conclusion"] == "success"
        colour, mark = ("green", "✓") if good else ("red", "✗")
        title = f"{mark} {run['name']} · {run['conclusion']} · {run['output']['title']}"
        summary = _without_html(run["output"]["summary"])
        self.console.print(Panel(Markdown(summary), title=title, border_style=colour))

    def comments(self, comments: list[Any]) -> None:
        """Inline comments, each below the code it speaks of."""
        for comment in comments:
            code = comment["diff_hunk"].split("\n")[-4:]
            self.console.print(f"\n[bold]{comment['path']}[/] line {comment['line']}")
            self.console.print(Syntax("\n".join(code), "diff", background_color="default"))
            self.console.print(Padding(Markdown(_without_html(comment["body"])), (0, 0, 0, 4)))

    def end(self) -> None:
        """Where the page is, and how long it all took."""
        self.console.rule()
        self.console.print(f"The pull request as its readers see it: [bold]{PAGE}[/]")
        self.console.print(f"[dim]{time.monotonic() - self._began:.1f} seconds in all[/]")


def _without_html(text: str) -> str:
    """Markdown for a terminal: the tags that fold and hide on GitHub are left out."""
    lines = text.replace("<br>", " ").split("\n")
    tags = ("<details", "</details", "<!--", "</sub")
    shown = [line for line in lines if not line.strip().startswith(tags)]
    return "\n".join(
        line.replace("<summary>", "**").replace("</summary>", "**\n").replace("<sub>", "")
        .replace("</sub>", "")
        for line in shown
    )  # fmt: skip


def finished(reader: Reader, runs: int) -> Any:
    """The newest run of the head once *runs* of them are completed, else None."""
    found = reader.check_runs()
    done = [run for run in found if run["status"] == "completed"]
    return found[0] if len(found) >= runs and len(done) == len(found) else None


def tell(story: Story, standin: StandIn) -> None:
    """The story, from an opened pull request to the author's command."""
    repository = standin.repository(REPOSITORY, SAMPLES / "base")
    standin.permit(repository, AUTHOR, "write")
    with story.step(f"{AUTHOR} opens a pull request; the signed webhook is delivered"):
        pull = standin.open_pull_request(
            repository, folder(SAMPLES / "head"), author=AUTHOR,
            title="Discard what was staged when the other site fails",
        )  # fmt: skip
    reader = _reader(standin, repository, pull)
    with story.step("secreview announces its check, reads the test files and posts"):
        run = wait("the review", lambda: finished(reader, 1))
        standin.settle()
    story.run(run)
    said = reader.review_comments()
    story.comments(said)
    story.console.rule()
    with story.step(f"{AUTHOR} pushes a fix (synchronize)"):
        standin.push(pull, folder(SAMPLES / "fixed"))
    with story.step("secreview reviews the new head"):
        run = wait("the second review", lambda: finished(reader, 1))
        standin.settle()
    story.run(run)
    story.comments(reader.review_comments()[len(said) :])
    with story.step("secreview marks its comments on what is fixed, one a second"):
        wait("the marks", lambda: all(_is_marked(each) for each in reader.review_comments()))
    story.console.rule()
    with story.step(f"{AUTHOR} comments /secreview"):
        standin.comment(pull, AUTHOR, "/secreview")
    with story.step("secreview obeys, and repeats nothing it has said"):
        run = wait("the third review", lambda: finished(reader, 2))
        wait("the reaction", lambda: _reaction(reader))
        standin.settle()
    title, reaction = run["output"]["title"], _reaction(reader)
    total = len(reader.review_comments())
    story.console.print(f"{title} · reaction: {reaction} · still {total} inline comments in all")
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(render(reader))


def _reader(standin: StandIn, repository: Repository, pull: PullRequest) -> Reader:
    return Reader(standin.url, standin.token(repository).value, REPOSITORY, pull.number)


def _is_marked(comment: Any) -> bool:
    return bool(comment["body"].startswith("Fixed in "))


def _reaction(reader: Reader) -> str:
    found = [r["content"] for comment in reader.comments() for r in comment["reacted"]]
    return found[-1] if found and found[-1] != "eyes" else ""


def main() -> int:
    """Tell the story; 0 when it ended as it should, 130 after Ctrl-C."""
    story = Story()
    with tempfile.TemporaryDirectory(prefix="secreview-demo-") as name, StandIn() as standin:
        log = Path(name) / "serve.log"
        try:
            with ExitStack() as running:
                with story.step("our GitHub and the App start"):
                    standin.webhook_url = running.enter_context(app(standin, Path(name)))
                tell(story, standin)
        except KeyboardInterrupt:
            story.console.print("\nstopped")
            return 130
        except TimedOutError as error:
            story.console.print(f"[red]✗[/] {error}", highlight=False)
            story.console.print(log.read_text()[-4000:] if log.exists() else "", markup=False)
            return 1
        if standin.violations:
            story.console.print("\n".join(standin.violations), markup=False)
            return 1
    story.end()
    return 0


if __name__ == "__main__":
    # A terminated demo cleans up as an interrupted one does; one in the background would ignore it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    sys.exit(main())
