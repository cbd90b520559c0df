"""Completion for bash."""

from collections.abc import Iterator

from reviewer.completion.tree import Command, Value

SCRIPT = """\
# Completion of {name} for bash. In ~/.bashrc: eval "$({name} completion bash)"
_{name}() {{
    local word="${{COMP_WORDS[COMP_CWORD]}}" before="${{COMP_WORDS[COMP_CWORD-1]}}"
    local command="" words="" at
    # bash splits --option=value in three.
    if [[ $word == "=" ]]; then
        word=""
    elif [[ $before == "=" ]]; then
        before="${{COMP_WORDS[COMP_CWORD-2]}}"
    fi
    for ((at = 1; at < COMP_CWORD; at++)); do
        case "$command ${{COMP_WORDS[at]}}" in
            {known}) command="${{command:+$command }}${{COMP_WORDS[at]}}" ;;
        esac
    done
    COMPREPLY=()
    case "$command $before" in
{values}
    esac
    case "$command" in
{words}
    esac
    COMPREPLY=($(compgen -W "$words" -- "$word"))
}}
# Where nothing is known, files are completed.
complete -o bashdefault -o default -F _{name} {name}
"""
VALUE = '        {pattern}) COMPREPLY=($(compgen -W "{words}" -- "$word")); return ;;'
UNKNOWN = "        {pattern}) return ;;"
WORDS = """\
        "{command}") if [[ $word == -* ]]; then words="{options}"; else words="{words}"; fi ;;"""


def script(name: str, commands: tuple[Command, ...]) -> str:
    """The function that completes *name*, and the line that installs it."""
    known = (f'"{each.words} {word}"' for each in commands for word, _ in each.below)
    return SCRIPT.format(
        name=name,
        known="|".join(known),
        values="\n".join(_values(commands)),
        words="\n".join(map(_words, commands)),
    )


def _values(commands: tuple[Command, ...]) -> Iterator[str]:
    for command in commands:
        for option in command.options:
            if option.value:
                pattern = "|".join(f'"{command.words} {name}"' for name in option.names)
                yield _value(pattern, option.value)


def _value(pattern: str, value: Value) -> str:
    made = VALUE if value.words else UNKNOWN
    return made.format(pattern=pattern, words=" ".join(value.words))


def _words(command: Command) -> str:
    words = command.argument.words if command.argument else [word for word, _ in command.below]
    options = [name for option in command.options for name in option.names]
    return WORDS.format(command=command.words, options=" ".join(options), words=" ".join(words))
