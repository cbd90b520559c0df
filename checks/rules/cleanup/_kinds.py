"""The things that tests acquire and must give back, by what makes them."""

import ast

from checks.context import Context
from checks.rules.cleanup._held import Left, belongs, left
from checks.rules.cleanup._uses import Kind


def _kind(
    rule: str,
    what: str,
    makers: str,
    releases: str,
    *,
    readers: str = "",
    starts: str = "",
    runs: bool = False,
    serves: str = "",
) -> Kind:
    made, released, read = (frozenset(part.split()) for part in (makers, releases, readers))
    return Kind(rule, what, made, released, read, starts, runs, serves)


_LEAK = "thread-process-server-leak"
_SERVERS = (
    "http.server.HTTPServer http.server.ThreadingHTTPServer wsgiref.simple_server.make_server "
    "wsgiref.simple_server.WSGIServer socketserver.TCPServer socketserver.UDPServer "
    "socketserver.ThreadingTCPServer socketserver.ThreadingUDPServer "
    "socketserver.UnixStreamServer socketserver.ThreadingUnixStreamServer "
    "xmlrpc.server.SimpleXMLRPCServer werkzeug.serving.make_server "
    "six.moves.BaseHTTPServer.HTTPServer six.moves.socketserver.TCPServer "
    "asyncio.start_server asyncio.start_unix_server"
)

FILE = _kind(
    "file-not-closed",
    "file",
    "open io.open codecs.open os.fdopen gzip.open gzip.GzipFile bz2.open bz2.BZ2File lzma.open "
    "lzma.LZMAFile tarfile.open tarfile.TarFile tarfile.TarFile.open zipfile.ZipFile "
    "io.FileIO tokenize.open",
    "close detach",
    readers="json.load pickle.load marshal.load yaml.load yaml.safe_load yaml.load_all "
    "yaml.safe_load_all csv.reader csv.DictReader json.dump pickle.dump yaml.dump plistlib.load "
    "tomllib.load tomli.load hashlib.file_digest simplejson.load ujson.load yaml.unsafe_load "
    "yaml.full_load dill.load dill.dump cloudpickle.load cloudpickle.dump joblib.load "
    "xml.etree.ElementTree.parse numpy.load",
)
SOCKET = _kind(
    "socket-close",
    "socket",
    "socket.socket socket.create_connection socket.create_server socket.fromfd socket.socketpair",
    "close detach",
)
PROCESS = _kind(
    _LEAK,
    "process",
    "subprocess.Popen asyncio.create_subprocess_exec asyncio.create_subprocess_shell",
    "wait communicate terminate kill send_signal poll",
    runs=True,
)
WORKER = _kind(
    _LEAK,
    "process",
    "multiprocessing.Process multiprocessing.context.Process",
    "join terminate kill close is_alive",
    starts="start",
    runs=True,
)
THREAD = _kind(
    _LEAK,
    "thread",
    "threading.Thread",
    "join setDaemon is_alive",
    starts="start",
    runs=True,
)
SERVER = _kind(
    _LEAK,
    "server",
    _SERVERS,
    "shutdown server_close close wait_closed",
    runs=True,
    serves="serve_forever",
)
POOL = _kind(
    _LEAK,
    "pool of workers",
    "concurrent.futures.ThreadPoolExecutor concurrent.futures.ProcessPoolExecutor "
    "concurrent.futures.thread.ThreadPoolExecutor concurrent.futures.process.ProcessPoolExecutor "
    "multiprocessing.Pool multiprocessing.pool.Pool multiprocessing.pool.ThreadPool "
    "multiprocessing.Manager multiprocessing.managers.SyncManager",
    "shutdown close terminate join",
    runs=True,
)
# In a name of its own it goes with its object; only what a class or fixture keeps is left.
FOLDER = _kind("", "temporary folder", "tempfile.TemporaryDirectory", "cleanup")
# Only what a fixture returns: of all others, a rule for mocks speaks.
PATCHER = _kind(
    "",
    "patch",
    "unittest.mock.patch unittest.mock.patch.object unittest.mock.patch.dict",
    "stop",
    starts="start",
)
KINDS = (FILE, SOCKET, PROCESS, WORKER, THREAD, SERVER, POOL, FOLDER, PATCHER)
KIND_OF = {maker: kind for kind in KINDS for maker in kind.makers}
# Of a file in memory, or one that does not own its descriptor, nothing is left behind.
_IN_MEMORY = frozenset({"io.BytesIO", "io.StringIO", "six.BytesIO", "six.StringIO"})


def leaving(ctx: Context, call: ast.Call, rule: str) -> Left | None:
    """How the thing that *call* makes is left, when *rule* is the one to say so; else None."""
    kind = KIND_OF.get(ctx.call_name(call) or "", FILE)  # ``path.open()`` has no name
    if ctx.is_true(ctx.argument(call, None, "daemon")) or _is_no_resource(ctx, call):
        return None
    if kind.starts == "start" and any(keyword.arg is None for keyword in call.keywords):
        return None  # It may be told to end with the process.
    if kind.runs and ctx.function(call) is None:
        return None  # A script, which ends when what it starts does.
    how = left(ctx, call, kind)
    if how is None or belongs(ctx, call, kind, how) != rule:
        return None
    if kind is PATCHER and how is not Left.RETURNED:
        return None
    return None if kind is THREAD and _serves(ctx, call) else how


def _is_no_resource(ctx: Context, call: ast.Call) -> bool:
    if ctx.keyword(call, "fileobj") or ctx.is_false(ctx.argument(call, None, "closefd")):
        return True
    first = call.args[0] if call.args else None
    if ctx.name(call.func) in {"open", "os.fdopen"} and ctx.literal(first) in (0, 1, 2):
        return True  # The streams of the process itself.
    return ctx.call_name(ctx.origin(first) or first) in _IN_MEMORY


def _serves(ctx: Context, call: ast.Call) -> bool:
    """Whether a thread runs a server that is spoken of itself."""
    target = ctx.argument(call, 1, "target")
    if not isinstance(target, ast.Attribute) or target.attr != "serve_forever":
        return False
    return ctx.call_name(ctx.origin(target.value)) in SERVER.makers
