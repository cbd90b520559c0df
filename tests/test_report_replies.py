"""What a command is answered with, and the buttons of a check run."""

import re

import pytest
from hypothesis import given

from checks import RULES
from reviewer.commands import CommandKind, parse
from reviewer.report.actions import ACTIONS, FULL, RERUN
from reviewer.report.replies import explain_reply, help_reply, reply_marker
from reviewer.webhook import BUTTONS
from tests.report_html import active, page
from tests.test_report_markdown import HOSTILE_TEXT


def test_help_names_the_whole_grammar_and_nothing_else() -> None:
    """Every command that help shows is understood, and every kind is shown."""
    shown = re.findall(r"^- `(/secreview[^`]*)`", help_reply(), re.MULTILINE)
    commands = [parse(line.replace("RULE", "weak-hash")) for line in shown]
    kinds = {command.kind for command in commands if command}
    assert kinds == {*CommandKind} - {CommandKind.NOT_UNDERSTOOD}


def test_help_is_no_command_itself() -> None:
    """A reply that quotes the commands must not set them off."""
    assert parse(help_reply()) is None


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_is_explained_in_full_and_inert(rule: str) -> None:
    """What, why, what instead; one example at most; nothing in it acts, and no words are cut."""
    text = explain_reply(rule, "https://reviewer.example/rules")
    found = page(text)
    assert RULES[rule].title.split("`")[0].strip() in text
    assert "**To fix:**" in text
    assert "…" not in text.partition("```diff")[0]
    assert text.count("```diff") <= 1
    assert f"https://reviewer.example/rules/{rule}" in found.links
    assert not active(found)
    assert len(text.encode()) < 60_000
    assert parse(text) is None


def test_an_unknown_rule_is_answered_with_the_nearest() -> None:
    """One line: a slip of the finger is put right, a word of nonsense is not guessed at."""
    assert explain_reply("weak-hsah").startswith(
        "There is no rule `weak-hsah`. Did you mean `weak-"
    )
    assert explain_reply("zzzzzzzzzz") == "There is no rule `zzzzzzzzzz`."


@given(HOSTILE_TEXT.filter(lambda name: name not in RULES))  # hypothesis knows our names
def test_the_name_of_a_rule_is_inert(rule: str) -> None:
    """Whatever reaches the reply, it is one line, and nothing in it acts."""
    text = explain_reply(rule)
    found = page(text)
    assert "\n" not in text
    assert {*found.elements} <= {"p", "code"}
    assert not active(found)


def test_a_reply_is_found_again_by_its_comment() -> None:
    """The marker is hidden, names one comment, and is no prefix of another's."""
    assert page(reply_marker(12)).comments == [" secreview:reply 12 "]
    assert reply_marker(1) not in reply_marker(12)


def test_the_buttons_keep_github_s_limits() -> None:
    """Three at most; label 20, description 40, identifier 20 characters."""
    assert len(ACTIONS) <= 3
    for action in ACTIONS:
        lengths = {name: len(text) for name, text in action.items()}
        assert lengths.keys() == {"label", "description", "identifier"}
        assert 0 < lengths["label"] <= 20
        assert 0 < lengths["description"] <= 40
        assert 0 < lengths["identifier"] <= 20


def test_a_pressed_button_is_called_what_stands_on_it() -> None:
    """The account names the button as people see it."""
    assert {action["identifier"]: action["label"] for action in (RERUN, FULL)} == BUTTONS
