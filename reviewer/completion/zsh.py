"""Completion for zsh."""

from collections.abc import Iterable, Iterator

from reviewer.completion.tree import Command, Value

SCRIPT = """\
#compdef {name}
# Completion of {name} for zsh. In ~/.zshrc, behind compinit: eval "$({name} completion zsh)"
_{name}() {{
    local command="" before="${{words[CURRENT-1]}}" at
    local -a found
    for ((at = 2; at < CURRENT; at++)); do
        case "$command ${{words[at]}}" in
            ({known}) command="${{command:+$command }}${{words[at]}}" ;;
        esac
    done
    if [[ $PREFIX == --*=* ]]; then
        before="${{PREFIX%%=*}}"
        compset -P '*='
    fi
    case "$command $before" in
{values}
    esac
    if [[ $PREFIX == -* ]]; then
        case "$command" in
{options}
        esac
        _describe -o option found
        return
    fi
    case "$command" in
{arguments}
    esac
}}
if [[ $funcstack[1] == _{name} ]]; then
    _{name} "$@"
else
    compdef _{name} {name}
fi
"""
VALUE = "        ({pattern}) {complete}; return ;;"
OPTIONS = '            ("{command}") found=({described}) ;;'
ARGUMENT = '        ("{command}") {complete} ;;'
BELOW = '        ("{command}") found=({described}); _describe command found ;;'


def script(name: str, commands: tuple[Command, ...]) -> str:
    """A function for ``fpath`` or for ``eval``."""
    known = (f'"{each.words} {word}"' for each in commands for word, _ in each.below)
    return SCRIPT.format(
        name=name,
        known="|".join(known),
        values="\n".join(_values(commands)),
        options="\n".join(map(_options, commands)),
        arguments="\n".join(map(_arguments, commands)),
    )


def _values(commands: tuple[Command, ...]) -> Iterator[str]:
    for command in commands:
        for option in command.options:
            if option.value:
                pattern = "|".join(f'"{command.words} {name}"' for name in option.names)
                yield VALUE.format(pattern=pattern, complete=_complete(option.value))


def _options(command: Command) -> str:
    options = ((name, option.help) for option in command.options for name in option.names)
    return OPTIONS.format(command=command.words, described=_described(options))


def _arguments(command: Command) -> str:
    if command.below:
        return BELOW.format(command=command.words, described=_described(command.below))
    complete = _complete(command.argument or Value())
    return ARGUMENT.format(command=command.words, complete=complete)


def _complete(value: Value) -> str:
    if value.words:
        return f"compadd -- {' '.join(value.words)}"
    return "_files" if value.is_file else ":"


def _described(words: Iterable[tuple[str, str]]) -> str:
    return " ".join(_quoted(f"{word}:{text}") for word, text in words)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"
