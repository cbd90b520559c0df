"""Completion in shells: nothing of the parser is missing, and real shells take the scripts."""

import shutil
import subprocess
from pathlib import Path

import pytest
import typer

from checks import RULES
from reviewer.cli import NAME, app
from reviewer.completion import Shell, script
from reviewer.completion.tree import Option, Value, commands
from reviewer.formats import Format
from tests.test_cli import secreview

FILES = ["a file.py", "checked"]


@pytest.mark.parametrize("shell", Shell)
def test_every_option_command_and_value_is_in_the_script(shell: Shell) -> None:
    """What the parser takes, as the parser has it."""
    made = script(app, NAME, shell)
    for command in commands(app):
        for option in command.options:
            values = option.value.words if option.value else ()
            for word in (*option.names, *values):
                assert (word.lstrip("-") if shell is Shell.FISH else word) in made
        for word, _ in command.below:
            assert f"{command.words} {word}" in made
    assert all(rule in made for rule in RULES)


def test_the_tree_is_the_parser_s() -> None:
    """Names, values and files of the options; commands below commands."""
    found = {command.words: command for command in commands(app)}
    assert {"", "check", "config", "config check", "explain", "completion", "serve"} <= {*found}
    options = {option.names[0]: option for option in found["check"].options}
    formats = options["--format"].value
    assert formats
    assert {*formats.words} == {*Format}
    assert options["--config"].value == Value(is_file=True)
    assert options["--jobs"].value == Value()
    assert options["--fix"].value is None
    assert options["--evidence"].names == ("--evidence", "--no-evidence")
    assert found["check"].argument == Value(is_file=True)
    assert found["explain"].argument == Value(tuple(RULES))
    assert found["serve"].argument is None


def test_what_would_need_quotes_is_refused() -> None:
    """A name that a shell would take apart never reaches a script."""
    strange = typer.Typer()
    strange.command("a;b")(lambda: None)
    strange.command("other")(lambda: None)
    with pytest.raises(AssertionError):
        commands(strange)


def test_quotes_in_a_help_text_end_no_string() -> None:
    """Of words for people, shells get one string."""
    other = typer.Typer()
    other.command("one", help="It's \\ $(x) `y`: it's.")(lambda: None)
    other.command("two")(lambda: None)
    assert "'one:It'\\''s \\ $(x) `y`: it'\\''s'" in script(other, "it", Shell.ZSH)
    assert "'It\\'s \\\\ $(x) `y`: it\\'s'" in script(other, "it", Shell.FISH)
    assert "$(x)" not in script(other, "it", Shell.BASH)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with two files."""
    for name in FILES:
        (tmp_path / name).touch()
    return tmp_path


CASES = [
    ("", {"check", "config", "explain", "completion"}),
    ("che", {"check"}),
    ("check --for", {"--format"}),
    ("check --format s", {"sarif"}),
    ("check --format=s", {"sarif"}),
    ("check --fail-on ", {"high", "medium", "low", "never"}),
    ("check --no-", {"--no-config", "--no-evidence"}),
    ("config ", {"check"}),
    ("config check --org", {"--organisation"}),
    ("explain tls-verify", {"tls-verify-off"}),
    ("completion ", {"bash", "zsh", "fish"}),
    ("check --output config --format js", {"json"}),
]


def bash(line: str, folder: Path) -> set[str]:
    """What bash offers behind ``secreview`` and *line*: its own splitting, our function."""
    words = f"{NAME} {line}".replace("=", " = ").split(" ")
    given = " ".join(f"'{word}'" for word in words)
    code = (
        f"COMP_WORDS=({given}); COMP_CWORD={len(words) - 1}; _{NAME}; "
        f"complete -p {NAME} >&2; printf '%s\\n' \"${{COMPREPLY[@]}}\""
    )
    done = subprocess.run(
        ["bash", "--norc", "-uc", script(app, NAME, Shell.BASH) + code],
        capture_output=True,
        text=True,
        cwd=folder,
        check=True,
    )
    assert done.stderr == f"complete -o bashdefault -o default -F _{NAME} {NAME}\n"
    return {line for line in done.stdout.splitlines() if line}


@pytest.mark.skipif(not shutil.which("bash"), reason="no bash here")
@pytest.mark.parametrize(("line", "offered"), CASES)
def test_bash_completes(line: str, offered: set[str], folder: Path) -> None:
    """Commands, options and values; only what begins like the word."""
    found = bash(line, folder)
    assert offered <= found
    begun = line.rpartition(" ")[2].rpartition("=")[2]
    assert all(word.startswith(begun) for word in found)
    assert line in ("", "explain tls-verify") or found == offered


@pytest.mark.skipif(not shutil.which("bash"), reason="no bash here")
@pytest.mark.parametrize("line", ["check ", "check --output ", "check --config che", "check -- "])
def test_bash_leaves_files_to_itself(line: str, folder: Path) -> None:
    """Nothing is offered, and ``-o default`` completes files, with the quotes that they need."""
    assert bash(line, folder) == set()


@pytest.mark.skipif(not shutil.which("fish"), reason="no fish here")
@pytest.mark.parametrize(("line", "offered"), CASES)
def test_fish_completes(line: str, offered: set[str], folder: Path) -> None:
    """The same words."""
    code = f"{script(app, NAME, Shell.FISH)}\ncomplete --do-complete '{NAME} {line}'"
    done = subprocess.run(
        ["fish", "--no-config", "-c", code], capture_output=True, text=True, cwd=folder, check=True
    )
    found = {each.partition("\t")[0].rpartition("=")[2] for each in done.stdout.splitlines()}
    assert offered <= found
    assert done.stderr == ""


@pytest.mark.parametrize("shell", ["zsh", "fish", "bash"])
def test_the_shell_finds_no_mistake(shell: str, tmp_path: Path) -> None:
    """Its own check of the syntax, where the shell is installed."""
    if not shutil.which(shell):
        pytest.skip(f"no {shell} here")
    path = tmp_path / "script"
    path.write_text(script(app, NAME, Shell(shell)))
    subprocess.run([shell, "-n", str(path)], check=True)


def test_the_command_prints_it() -> None:
    """For ``eval``, to the last byte."""
    done = secreview("completion", "bash")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == script(app, NAME, Shell.BASH)


def test_a_file_is_named_as_one() -> None:
    """An option for a path says FILE: by that name, completion knows it."""
    named = {
        option.names[0]: option.value
        for command in commands(app)
        for option in command.options
        if isinstance(option, Option) and option.value
    }
    files = {"--config", "--output", "--baseline", "--write-baseline"}
    assert {name for name, value in named.items() if value and value.is_file} >= files
