"""``secreview check`` as it is typed: its options, and what they say together."""

import gc
import os
from pathlib import Path
from typing import Annotated, Literal

import typer

HELP = """Review test files for security defects.

Exit code 0: clean, or nothing as severe as --fail-on; 1: findings; 2: the command cannot be \
carried out; 3: a file could not be assessed. With --fix it is about what remains, and 2 where a \
file could not be changed; with --baseline, about what does not stand there."""
EITHER = "--config and --no-config exclude each other. Leave one out."

Paths = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="PATH",
        help="Files, which are always checked, and folders, which are searched for test "
        "files. The current folder by default.",
        show_default=False,
    ),
]
Diff = Annotated[
    str,
    typer.Option(
        metavar="BASE...HEAD",
        help="Check the test files that these commits change, as they are at HEAD.",
        show_default=False,
    ),
]
Config = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="The configuration; the project's .github/secreview.yml by default.",
        show_default=False,
    ),
]
NoConfig = Annotated[bool, typer.Option("--no-config", help="Read no configuration.")]
ProfileName = Annotated[
    Literal["tests", "strict"] | None,
    typer.Option(
        help="tests: what is a defect in a test. strict: all that scanners report. By "
        "default what the configuration says, or tests.",
        show_default=False,
    ),
]
OutputFormat = Annotated[
    Literal["terminal", "concise", "markdown", "json", "sarif", "html", "github"],
    typer.Option(
        "--format",
        help="concise: one line for each finding, path:line:column first. html: one file for a "
        "browser. github: annotations for a job of GitHub Actions.",
    ),
]
Output = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Write the report to a file.", show_default=False),
]
FailOn = Annotated[
    Literal["high", "medium", "low", "never"] | None,
    typer.Option(
        help="The least severity that makes the exit code 1. By default what the "
        "configuration says, or medium.",
        show_default=False,
    ),
]
Evidence = Annotated[
    bool | None,
    typer.Option(
        "--evidence/--no-evidence",
        help="With the facts that speak for the tests, or findings only. By default with them, "
        "but for sarif.",
        show_default=False,
    ),
]
Fixing = Annotated[
    bool,
    typer.Option(
        "--fix",
        help="Make the rewrites that are proved and safe, show them, and touch nothing else.",
    ),
]
FixAll = Annotated[
    bool,
    typer.Option(
        "--fix-all",
        help="As --fix, and the proved rewrites that change what a test does: review the diff.",
    ),
]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="With --fix: show what would change, and change nothing.")
]
Baseline = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="Leave out the findings that stand in this file; they are counted.",
        show_default=False,
    ),
]
WriteBaseline = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="Write a baseline: all findings that there are now, without code.",
        show_default=False,
    ),
]
ExitZero = Annotated[
    bool, typer.Option("--exit-zero", help="Exit 0 whatever was found or is missing.")
]
Jobs = Annotated[
    int | None,
    typer.Option(min=1, metavar="N", help="How many processes to use; by default one a core."),
]


def check(
    paths: Paths = None,
    *,
    diff: Diff = "",
    config: Config = None,
    no_config: NoConfig = False,
    profile: ProfileName = None,
    output_format: OutputFormat = "terminal",
    output: Output = None,
    fail_on: FailOn = None,
    evidence: Evidence = None,
    fix: Fixing = False,
    fix_all: FixAll = False,
    dry_run: DryRun = False,
    baseline: Baseline = None,
    write_baseline: WriteBaseline = None,
    exit_zero: ExitZero = False,
    jobs: Jobs = None,
) -> None:
    """Review files; the exit code says what came of it."""
    gc.disable()  # What a run makes, it needs to its end.
    from checks.model import Profile, Severity
    from reviewer.check_command import Request
    from reviewer.check_command import check as run
    from reviewer.fixing import Fix
    from reviewer.formats import Format
    from reviewer.local import UsageError

    if config and no_config:
        raise UsageError(EITHER)
    request = Request(
        paths=tuple(paths or ()),
        diff=diff,
        config=config,
        configured=not no_config,
        profile=Profile(profile) if profile else None,
        format=Format(output_format),
        output=output,
        fail_on=Severity(fail_on) if fail_on and fail_on != "never" else fail_on,
        evidence=evidence,
        exit_zero=exit_zero,
        jobs=jobs or os.cpu_count() or 1,
        fix=Fix.ALL if fix_all else Fix.SAFE if fix else None,
        dry_run=dry_run,
        baseline=baseline,
        write_baseline=write_baseline,
    )
    raise typer.Exit(run(request, Path.cwd()))
