"""The command line. Each command imports what it needs, so that ``check`` starts at once."""

import os
import sys
import traceback
from pathlib import Path
from typing import Annotated, Literal, NoReturn

import typer

from reviewer import cli_check, cli_local

NAME = "secreview"
UNEXPECTED = (
    "secreview stopped because of a fault of its own ({kind} in {place}). "
    "Please report it; SECREVIEW_DEBUG=1 shows the details."
)

SPOKEN = frozenset(
    {
        ("reviewer.local", "UsageError"),
        ("reviewer.children", "SandboxError"),
        ("reviewer.settings", "NotRegistered"),
        ("reviewer.settings", "SettingsError"),
        ("reviewer.work.queue", "Refused"),
        ("reviewer.work.queue", "Unavailable"),
    }
)
"""Errors whose text is a sentence for people. By name: importing them all would take a second."""

app = typer.Typer(
    name=NAME,
    help="The security review of test code: on pull requests, and here.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

config_app = typer.Typer(help="The project's configuration.", no_args_is_help=True)
app.add_typer(config_app, name="config")

app.command("check", help=cli_check.HELP)(cli_check.check)
config_app.command("check")(cli_local.check_config)
app.command()(cli_local.explain)
app.command()(cli_local.completion)


def main() -> None:
    """Run the command line and end the process: 0, 1, 2 or 3, never with a traceback."""
    try:
        app(prog_name=NAME)
    except Exception as error:  # noqa: BLE001  # whatever it is, a person reads one sentence
        _fail(error)


@app.callback(invoke_without_command=True)
def _start(
    *,
    version: Annotated[bool, typer.Option("--version", help="Print the version and end.")] = False,
) -> None:
    if version:
        from checks import RULES_VERSION
        from reviewer.report.tool import version as installed

        python = ".".join(map(str, sys.version_info[:3]))
        typer.echo(f"{NAME} {installed()} (rules {RULES_VERSION}, Python {python})")
        raise typer.Exit


@app.command()
def simulate(
    pull_request: Annotated[str, typer.Argument(metavar="OWNER/REPO#N")],
    *,
    output_format: Annotated[
        Literal["terminal", "concise", "markdown", "json", "sarif"], typer.Option("--format")
    ] = "terminal",
) -> None:
    """Review a pull request as the App would, and write nothing to GitHub."""
    from reviewer.formats import Format
    from reviewer.settings import load
    from reviewer.simulate import simulate as run

    raise typer.Exit(run(pull_request, Format(output_format), load()))


@app.command()
def serve() -> None:
    """Run the App: prepare the database, then the web server and one worker.

    Before there is an App on GitHub, it offers a page that makes one.
    """
    from reviewer.serve import serve as run
    from reviewer.settings import NotRegistered, load, load_unregistered

    try:
        settings = load()
    except NotRegistered:
        settings = load_unregistered()
    run(settings)


@app.command()
def setup(
    *,
    printed: Annotated[
        bool,
        typer.Option(
            "--print",
            help="Print the settings in the end, for a platform that keeps them, and write none.",
        ),
    ] = False,
) -> None:
    """Register the App on GitHub, in a browser; `serve` offers the same by itself."""
    from reviewer import log
    from reviewer.serve import listen
    from reviewer.setup.server import run, unregistered

    log.configure()
    place = unregistered()
    run(place, listen(place), printed=printed)


@app.command()
def worker() -> None:
    """Run one worker, beside a web server that is started on its own."""
    from reviewer.settings import load
    from reviewer.work import run_worker

    run_worker(load())


@app.command()
def migrate() -> None:
    """Prepare the database, or bring it up to date; safe to repeat."""
    from reviewer.settings import load
    from reviewer.work import migrate as run

    run(load())


@app.command()
def redrive(
    which: Annotated[
        list[str] | None,
        typer.Argument(metavar="OWNER/REPO#N|WORKFLOW", help="Those to be reviewed again."),
    ] = None,
    *,
    everything: Annotated[
        bool, typer.Option("--all", help="All that were not superseded.")
    ] = False,
    output_format: Annotated[Literal["terminal", "json"], typer.Option("--format")] = "terminal",
) -> None:
    """List the reviews that failed for good, or have some reviewed again."""
    from reviewer.redrive import run
    from reviewer.settings import load

    raise typer.Exit(run(which or (), output_format, load(), everything=everything))


@app.command()
def insights(
    *,
    since: Annotated[
        str,
        typer.Option(
            metavar="DATE",
            help="The first day to look at, such as 2026-01-31; its whole week is shown.",
            show_default=False,
        ),
    ] = "",
    weeks: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=522,
            metavar="N",
            help="How many weeks to look at, this one included; 26 by default.",
            show_default=False,
        ),
    ] = None,
    repository: Annotated[
        str,
        typer.Option(metavar="OWNER/NAME", help="One repository alone.", show_default=False),
    ] = "",
    html: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Write a page with plots, one file that loads nothing.",
            show_default=False,
        ),
    ] = None,
    csv: Annotated[
        str,
        typer.Option(
            metavar="FILE",
            help="Write comma-separated values; - for standard output.",
            show_default=False,
        ),
    ] = "",
) -> None:
    """Show what the App's reviews came to: by week, rule and repository, with suppressions.

    It only reads the App's database, and may run beside it.
    """
    from datetime import UTC, datetime

    from reviewer.insights import Request
    from reviewer.insights import run as show
    from reviewer.settings import load_unregistered

    asked = Request(since, weeks, repository, html, csv)
    raise typer.Exit(show(asked, load_unregistered(), datetime.now(UTC).date()))


@app.command()
def doctor(
    *,
    offline: Annotated[bool, typer.Option("--offline", help="Ask nothing of GitHub.")] = False,
    output_format: Annotated[Literal["terminal", "json"], typer.Option("--format")] = "terminal",
) -> None:
    """Examine the installation: each line is ok, or says what to do; exit code 1 if one does."""
    from reviewer.doctor import examine

    raise typer.Exit(examine(online=not offline, as_json=output_format == "json"))


def _fail(error: Exception) -> NoReturn:
    """End with a sentence: the error's own where it was written for people."""
    if os.environ.get("SECREVIEW_DEBUG"):
        traceback.print_exception(error)
    kind = type(error)
    if (kind.__module__, kind.__name__) in SPOKEN:
        _stop(str(error))
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{Path(frames[-1].filename).name}, line {frames[-1].lineno}" if frames else "?"
    _stop(UNEXPECTED.format(kind=kind.__name__, place=place))


def _stop(sentence: str) -> NoReturn:
    print(sentence.encode(errors="backslashreplace").decode(), file=sys.stderr)  # noqa: T201  # the command line speaks
    sys.exit(2)
