"""What gives data that a test does not control, and what leaves data as it is."""

import re
from dataclasses import dataclass
from enum import IntEnum


class Origin(IntEnum):
    """How far a value is from what the test itself has written; the worst part counts."""

    MADE = 0
    UNKNOWN = 1
    OUTSIDE = 2


@dataclass(frozen=True, slots=True)
class Data:
    """A value's origin, and in words where it comes from ("" when that is not known)."""

    origin: Origin
    source: str = ""

    @property
    def severity(self) -> str | None:
        """Lower for the person who runs the tests and for files, which a review can see.

        None leaves it to the rule.
        """
        return {OPERATOR: "low", FILE: "medium"}.get(self)


MADE, UNKNOWN = Data(Origin.MADE), Data(Origin.UNKNOWN)
FILE, NETWORK, ENVIRONMENT, PROGRAM, OPERATOR = (
    Data(Origin.OUTSIDE, what)
    for what in (
        "a file",
        "a network response",
        "the environment",
        "another program's output",
        "whoever starts the tests",
    )
)

_VERBS = ("delete", "get", "head", "options", "patch", "post", "put", "request")
SOURCES = {
    **{f"{lib}.{verb}": NETWORK for lib in ("requests", "httpx") for verb in _VERBS},
    "urllib.request.urlopen": NETWORK,
    "os.getenv": ENVIRONMENT,
    "os.environ": ENVIRONMENT,
    "os.environb": ENVIRONMENT,
    "os.getenvb": ENVIRONMENT,
    "os.environ.get": ENVIRONMENT,
    "os.environ.setdefault": ENVIRONMENT,
    "os.popen": PROGRAM,
    "input": OPERATOR,
    "sys.argv": OPERATOR,
    "sys.stdin": OPERATOR,
    **{
        f"subprocess.{name}": PROGRAM
        for name in ("run", "Popen", "check_output", "getoutput", "getstatusoutput")
    },
}
OPENERS = frozenset({"open", "io.open", "gzip.open", "bz2.open", "lzma.open", "codecs.open"})
HARMLESS = frozenset(
    {
        "repr",
        "ascii",
        "len",
        "int",
        "float",
        "bool",
        "id",
        "range",
        "shlex.quote",
        "shlex.join",
        "os.getpid",
        "os.getuid",
        "os.getcwd",
        "getpass.getuser",
        "socket.gethostname",
        "socket.getfqdn",
        "platform.node",
        "inspect.getsource",
        "ast.unparse",
    }
)
RESPONSE = re.compile(r"(?i)^(re?sp|response|reply|res|r)$|resp(onse)?$|_reply$")
PAYLOADS = frozenset({"text", "content", "body", "data", "stdout", "stderr"})
MODULE_OWN = frozenset({"__file__", "__name__", "__package__"})
READS = frozenset({"read", "readline", "readlines"})
PATH_METHODS = frozenset(
    {"absolute", "as_posix", "expanduser", "joinpath", "mkdir", "relative_to", "resolve"}
    | {"with_name", "with_stem", "with_suffix"}
)
FIXTURES = frozenset({"tmp_path", "tmpdir", "tmp_path_factory", "tmpdir_factory", "testdir"})

IN_MEMORY = frozenset({"io.BytesIO", "io.StringIO", "BytesIO", "StringIO"})
TRANSPARENT = IN_MEMORY | frozenset(
    {
        "str",
        "bytes",
        "dict",
        "list",
        "tuple",
        "sorted",
        "reversed",
        "enumerate",
        "zip",
        "map",
        "filter",
        "compile",
        "textwrap.dedent",
        "json.dumps",
        "itertools.product",
        "os.fspath",
        "os.fsencode",
        "os.fsdecode",
    }
)
