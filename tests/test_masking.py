"""A secret that one rule finds is in no other rule's words, code or suggestion."""

import pytest

from checks import SourceFile, assess
from checks.masking import without

SECRET = "q7Rk2LxZ9vTn4WbYs8Hd"
CALL = f"client('s3', aws_secret_access_key='{SECRET}')"
DSN = "postgresql://bob:mq7-ZbT2xR4v@db.corp/x"


@pytest.mark.parametrize(
    "code",
    [
        f"import os\n\n\ndef test_a():\n    os.environ[aws.{CALL}] = 'a'\n",
        f"def test_a():\n    boto3.{CALL}  # {SECRET}\n",
        f"import os\nDSN = '{DSN}'\n\n\ndef test_a():\n    os.environ['{DSN}'] = 'a'\n",
    ],
)
def test_no_words_cite_a_secret(code: str) -> None:
    """Neither the reason of a rule that cites an expression, nor a comment on the same line."""
    (assessment,) = assess([SourceFile("tests/test_a.py", code.encode())])
    assert assessment.findings
    said = repr((assessment.findings, assessment.evidence))
    assert SECRET not in said
    assert "mq7-ZbT2xR4v" not in said


def test_the_beginning_of_a_secret_is_masked_too() -> None:
    """Long code is cut where it is cited; other words stay as they are."""
    assert without(f"`f('{SECRET[:14]}...` stays", [SECRET]) == "`f('•••...` stays"
    assert without(f"{SECRET} and {SECRET}x", [SECRET]) == "••• and •••x"
    assert without(SECRET[:7], [SECRET]) == SECRET[:7]
    assert without("nothing", []) == "nothing"
