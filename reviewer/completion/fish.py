"""Completion for fish."""

from collections.abc import Iterator

from reviewer.completion.tree import Command, Option, Value

SCRIPT = """\
# Completion of {name} for fish. In ~/.config/fish/config.fish: {name} completion fish | source
function __{name}_command
    set -l known {known}
    set -l command ''
    for word in (commandline -opc)[2..-1]
        if contains -- "$command $word" $known
            set command (string trim -- "$command $word")
        end
    end
    test "$command" = "$argv[1]"
end
complete --command {name} --erase
complete --command {name} --no-files
{lines}
"""
LINE = "complete --command {name} --condition '__{name}_command \"{command}\"'{rest}"


def script(name: str, commands: tuple[Command, ...]) -> str:
    """One line for each option, each command and each argument."""
    known = (f"'{each.words} {word}'" for each in commands for word, _ in each.below)
    lines = (
        LINE.format(name=name, command=command.words, rest=rest)
        for command in commands
        for rest in (*map(_option, command.options), *_behind(command))
    )
    return SCRIPT.format(name=name, known=" ".join(known), lines="\n".join(lines))


def _option(option: Option) -> str:
    made = ""
    for name in option.names:
        long = name.startswith("--")
        made += f" --{'long' if long else 'short'}-option {name.lstrip('-')}"
    made += f" --description {_quoted(option.help)}"
    return made + (f" --require-parameter{_value(option.value)}" if option.value else "")


def _behind(command: Command) -> Iterator[str]:
    for word, text in command.below:
        yield f" --arguments {word} --description {_quoted(text)}"
    if command.argument:
        yield _value(command.argument)


def _value(value: Value) -> str:
    if value.words:
        return f" --arguments '{' '.join(value.words)}'"
    return " --force-files" if value.is_file else ""


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
