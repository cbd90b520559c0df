"""What stands in deploy/, in the Procfile and in docs/deploy.md agrees with the code."""

import json
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from pathspec import GitIgnoreSpec
from typer.main import get_group
from werkzeug.serving import make_server

from reviewer import cli, serve, web
from reviewer.limits import MIB, Limits
from reviewer.receiver import create_app
from reviewer.settings import CREDENTIALS, Settings, load_unregistered
from reviewer.work import Queue, worker
from tests.work_rig import HOUSE, settings_in

DEPLOY = HOUSE / "deploy"
UNITS = ("secreview-web.service", "secreview-worker.service")
PAGE = (HOUSE / "docs" / "deploy.md").read_text()
SETTINGS = {str(field.validation_alias) for field in Settings.model_fields.values()}
FOREIGN = {"REQUESTS_CA_BUNDLE"}  # of requests, by which GitHub is asked
COMMANDS = set(get_group(cli.app).commands)
HOUSE_OF_UNITS = "/opt/secreview"

Unit = dict[str, list[str]]
Instructions = list[tuple[str, str]]


def unit(name: str) -> Unit:
    """The values of each directive; a directive may stand there twice."""
    found: Unit = {}
    for line in (DEPLOY / name).read_text().splitlines():
        key, given, value = line.partition("=")
        if given and not line.startswith("#"):
            found.setdefault(key, []).append(value)
    return found


def seconds(unit: Unit, key: str) -> float:
    return float(unit[key][0].removesuffix("s"))


@pytest.mark.parametrize("name", UNITS)
def test_a_unit_has_what_it_is_told_to_have(name: str) -> None:
    """A user of its own, one folder to write to, a limit of memory, and it comes back."""
    found = unit(name)
    for key, value in {
        "User": "secreview",
        "StateDirectory": "secreview",
        "StateDirectoryMode": "0700",
        "ProtectSystem": "strict",
        "NoNewPrivileges": "yes",
        "CapabilityBoundingSet": "",
        "Restart": "always",
        "StartLimitIntervalSec": "0",
        "WorkingDirectory": HOUSE_OF_UNITS,
    }.items():
        assert found[key] == [value], key
    assert found["MemoryMax"]


@pytest.mark.parametrize("name", UNITS)
def test_a_unit_waits_for_as_long_as_we_need_to_end(name: str) -> None:
    """SIGTERM to the main process alone; then longer than whatever we wait for."""
    found = unit(name)
    assert (found["KillMode"], found["KillSignal"]) == (["mixed"], ["SIGTERM"])
    ours = max(serve.PATIENCE_SECONDS, worker.DRAIN_SECONDS, 10.0)
    assert seconds(found, "TimeoutStopSec") > ours


@pytest.mark.parametrize("name", UNITS)
def test_the_sandbox_may_limit_itself(name: str) -> None:
    """Its children set limits: the calls for that are not taken away."""
    taken = [value for value in unit(name)["SystemCallFilter"] if value.startswith("~")]
    assert unit(name)["SystemCallFilter"][0] == "@system-service"
    assert taken == ["~@privileged"]
    assert "AF_UNIX" in unit(name)["RestrictAddressFamilies"][0].split()


def test_both_units_are_hardened_alike() -> None:
    """What one of them may not, the other may not either."""

    def hardening(name: str) -> list[str]:
        lines = (DEPLOY / name).read_text().splitlines()
        return [line for line in lines[lines.index("LimitCORE=0") :] if not line.startswith("#")]

    assert hardening(UNITS[0]) == hardening(UNITS[1])


def test_the_worker_has_memory_for_its_children() -> None:
    """For as many as there are by default, with their limit; one that is killed stops nothing."""
    found = unit(UNITS[1])
    gigabytes = int(found["MemoryMax"][0].removesuffix("G"))
    assert gigabytes * 1024 * MIB >= 4 * Limits().memory + 1024 * MIB
    assert found["OOMPolicy"] == ["continue"]


def test_the_units_run_what_the_procfile_runs() -> None:
    """The same commands, from the units' own environment; the database is prepared first."""
    binaries = f"{HOUSE_OF_UNITS}/.venv/bin/"
    web_unit, worker_unit = map(unit, UNITS)
    assert web_unit["ExecStart"] == [binaries + procfile()["web"]]
    assert web_unit["ExecStartPre"] == [f"{binaries}secreview migrate"]
    assert worker_unit["ExecStart"] == [f"{binaries}secreview worker"]


def procfile() -> dict[str, str]:
    lines = (HOUSE / "Procfile").read_text().splitlines()
    return dict(line.split(": ", 1) for line in lines)


def test_the_procfile_has_the_three_processes() -> None:
    """Each is a command that exists, and the page tells of each."""
    found = procfile()
    assert list(found) == ["release", "web", "worker"]
    assert found["web"] == "gunicorn -c gunicorn.conf.py app:app"
    for name, command in (("release", "migrate"), ("worker", "worker")):
        assert found[name] == f"python -m reviewer {command}"
        assert command in COMMANDS
    for name in found:
        assert f"| `{name}` |" in PAGE


def test_the_settings_of_the_units_are_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """They can be used as they are, hold no secret, and name the folder of the units."""
    text = (DEPLOY / "secreview.env.example").read_text()
    named = set(re.findall(r"^#?([A-Z_]+)=", text, re.MULTILINE))
    assert named <= SETTINGS
    given = dict(re.findall(r"^([A-Z_]+)=(.*)$", text, re.MULTILINE))
    assert not given.keys() & {*CREDENTIALS, "DATABASE_URL", "SECREVIEW_METRICS_TOKEN"}
    for name in SETTINGS:
        monkeypatch.delenv(name, raising=False)
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir("/")
    loaded = load_unregistered()
    assert str(loaded.data) == f"/var/lib/{unit(UNITS[0])['StateDirectory'][0]}"
    assert (loaded.address, loaded.port) == ("127.0.0.1", 8000)


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not here")
def test_systemd_has_nothing_against_the_units(tmp_path: Path) -> None:
    """It knows every directive, and finds them well confined (0 is the best of 100)."""
    binaries = tmp_path / ".venv" / "bin"
    binaries.mkdir(parents=True)
    for name in ("secreview", "gunicorn"):
        shutil.copy(shutil.which("true") or "/bin/true", binaries / name)
    for name in UNITS:
        text = (DEPLOY / name).read_text().replace(HOUSE_OF_UNITS, str(tmp_path))
        (tmp_path / name).write_text(text)
    files = [str(tmp_path / name) for name in UNITS]
    for words in (["verify"], ["security", "--offline=true", "--threshold=20"]):
        ended = subprocess.run(
            ["systemd-analyze", *words, *files],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert ended.returncode == 0, ended.stdout + ended.stderr
        assert not ended.stderr, ended.stderr


def stages() -> list[Instructions]:
    """The instructions of each stage of the Containerfile, a line each."""
    text = (DEPLOY / "Containerfile").read_text()
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    joined = re.sub(r"\\\n\s*", "", "\n".join(lines))
    found: list[Instructions] = []
    for line in filter(None, joined.splitlines()):
        word, _, rest = line.partition(" ")
        if word == "FROM":
            found.append([])
        found[-1].append((word, rest))
    return found


def of(stage: Instructions, word: str) -> list[str]:
    return [rest for each, rest in stage if each == word]


def variables() -> dict[str, str]:
    return dict(each.split("=", 1) for line in of(stages()[-1], "ENV") for each in line.split())


def test_the_image_is_python_as_we_are_made_for() -> None:
    """The same small base twice: one builds, one is shipped."""
    build, last = stages()
    (built,), (shipped,) = of(build, "FROM"), of(last, "FROM")
    assert built == f"{shipped} AS build"
    project = (HOUSE / "pyproject.toml").read_text()
    (version,) = re.findall(r'python_version = "([\d.]+)"', project)
    assert shipped.startswith(f"docker.io/library/python:{version}-slim")


def test_the_image_is_nobodys_in_particular() -> None:
    """A user by number, so that a cluster can see that it is not root; nothing is run after it."""
    last = stages()[-1]
    (user,) = of(last, "USER")
    assert int(user) >= 1000
    behind = [word for word, _ in last[last.index(("USER", user)) :]]
    assert not {"RUN", "COPY", "ADD"} & set(behind)
    assert f"--uid {user} " in " ".join(of(last, "RUN"))


def test_the_image_is_told_to_end_by_the_signal_that_we_heed() -> None:
    """No shell between: the command is the process that gets it."""
    last = stages()[-1]
    (entry,), (command,) = of(last, "ENTRYPOINT"), of(last, "CMD")
    assert json.loads(entry) == ["secreview"]
    assert set(json.loads(command)) <= COMMANDS
    assert of(last, "STOPSIGNAL") == ["SIGTERM"]


def test_the_image_is_set_as_our_settings_are_named() -> None:
    """Its port is exposed, its data is a volume that its user owns, and it holds no secret."""
    last, told = stages()[-1], variables()
    ours = {name for name in told if name in SETTINGS}
    assert ours == {"SECREVIEW_DATA", "HOST", "PORT"}
    assert of(last, "EXPOSE") == [told["PORT"]]
    assert int(told["PORT"]) == Settings.model_fields["port"].default
    assert of(last, "VOLUME") == [told["SECREVIEW_DATA"]]
    assert f"--owner=secreview --group=secreview --mode=0700 {told['SECREVIEW_DATA']}" in " ".join(
        of(last, "RUN")
    )


def test_the_image_installs_nothing_that_is_not_locked() -> None:
    """Every install checks hashes, or is of the wheel that was built just now."""
    build, last = stages()
    installs = re.findall(r"pip (?:--python \S+ )?(install[^&]*)", " ".join(of(build, "RUN")))
    assert len(installs) == 3
    for words in installs:
        hashed = "--require-hashes" in words and "--only-binary=:all:" in words
        assert hashed or words.split()[-1] == "dist/*.whl"
        assert "--no-deps" in words
    run = " ".join(of(last, "RUN"))
    assert "pip uninstall" in run
    assert not re.search(r"install (?!--directory)|apt|curl|wget", run.replace("uninstall ", ""))


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_what_is_locked_has_hashes(name: str) -> None:
    """Each of them, so that the installer can be told to demand it."""
    text = (HOUSE / name).read_text().replace("\\\n", "")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    assert lines
    assert all("==" in line and "--hash=sha256:" in line for line in lines)


def test_what_builds_the_wheel_is_found_in_the_lock() -> None:
    """The image's build takes that one entry out of the lock, with its hashes."""
    (command,) = re.findall(r"(sed .*?) > ", " ".join(of(stages()[0], "RUN")))
    text = subprocess.run(
        command, shell=True, cwd=HOUSE, capture_output=True, text=True, check=True
    ).stdout
    assert re.match(r"setuptools==\d+", text)
    assert text.count("==") == 1
    assert "--hash=sha256:" in text


def ignored() -> GitIgnoreSpec:
    """What a build leaves out; there, other than in Git, a pattern begins at the root."""
    lines = (HOUSE / ".dockerignore").read_text().splitlines()
    patterns = [line for line in lines if line and not line.startswith("#")]
    anchored = [re.sub(r"^(!?)(?!\*\*/)", r"\1/", pattern) for pattern in patterns]
    return GitIgnoreSpec.from_lines(anchored)


def test_what_is_copied_is_there_and_nothing_else_gets_in() -> None:
    """Neither keys nor databases nor history, whatever lies around in the folder."""
    spec = ignored()
    sources = [
        source
        for stage in stages()
        for line in of(stage, "COPY")
        if not line.startswith("--from")
        for source in line.split()[:-1]
    ]
    assert {"checks", "reviewer", "requirements.txt"} <= set(sources)
    for source in sources:
        found = HOUSE / source
        files = (
            [found] if found.is_file() else [each for each in found.rglob("*") if each.is_file()]
        )
        assert files, source
        named = [str(each.relative_to(HOUSE)) for each in files if "__pycache__" not in each.parts]
        assert not list(spec.match_files(named))
    kept_out = [
        ".env",
        "key.pem",
        "var/app.env",
        "var/secreview.sqlite",
        ".git/config",
        "tests/a.py",
    ]
    assert list(spec.match_files(kept_out)) == kept_out


@contextmanager
def listening(folder: Path) -> Iterator[int]:
    """The App's web side on a free port."""
    settings = settings_in(folder)
    server = make_server("127.0.0.1", 0, create_app(settings, Queue(settings)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_the_images_health_is_that_of_the_web_side(tmp_path: Path) -> None:
    """Its check, as it is run, passes while the App answers, and fails when it does not."""
    (check,) = of(stages()[-1], "HEALTHCHECK")
    words = json.loads(check[check.index("CMD ") + 4 :])
    assert words[0] == "python"

    def healthy(port: int) -> bool:
        told = {"PORT": str(port), "PATH": "/usr/bin"}
        run = [sys.executable, *words[1:]]
        return subprocess.run(run, env=told, capture_output=True, check=False).returncode == 0

    with listening(tmp_path) as port:
        assert healthy(port)
    assert not healthy(port)


@pytest.mark.skipif(not shutil.which("hadolint"), reason="hadolint is not here")
def test_a_linter_has_nothing_against_the_containerfile() -> None:
    """Where there is one."""
    ended = subprocess.run(
        ["hadolint", str(DEPLOY / "Containerfile")], capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stdout) == (0, "")


def test_the_page_names_what_there_is(tmp_path: Path) -> None:
    """Settings, commands, files and paths, each as the code has it."""
    shouted = set(re.findall(r"\b[A-Z]+(?:_[A-Z]+)+\b", PAGE))
    assert shouted <= SETTINGS | FOREIGN
    assert {"DATABASE_URL", "SECREVIEW_URL", "SECREVIEW_JOBS"} <= shouted
    run = set(re.findall(r"`(?:as_)?secreview ([a-z]+)|^as_secreview ([a-z]+)", PAGE, re.MULTILINE))
    assert {first or second for first, second in run} <= COMMANDS
    for file in re.findall(r"\bdeploy/[\w.-]+", PAGE):
        assert (HOUSE / file.rstrip(".")).exists(), file
    settings = settings_in(tmp_path)
    rules = {str(rule) for rule in create_app(settings, Queue(settings)).url_map.iter_rules()}
    paths = set(re.findall(r"`(/[a-z]+/?)`", PAGE)) - {variables()["SECREVIEW_DATA"]}
    assert {"/healthz", "/readyz", "/metrics", "/webhook"} <= paths <= rules


@pytest.mark.parametrize(
    ("sentence", "holds"),
    [
        ("gives a request 5 seconds to arrive", web.READ_SECONDS == 5),
        ("up to 10 seconds", 8 < serve.PATIENCE_SECONDS < 10 and worker.DRAIN_SECONDS < 10),
        ("some ten seconds later", worker.DEAD_SECONDS == 8),
        ("been seen for two minutes", worker.STRANDED_SECONDS == 120),
        ("512 MB for each of `SECREVIEW_JOBS`", Limits().memory == 512 * MIB),
        ("GitHub sends up to 25 MB", Settings.model_fields["max_delivery"].default == 25 * MIB),
        ("client_max_body_size 25m;", Settings.model_fields["max_delivery"].default == 25 * MIB),
        ("server 127.0.0.1:8000;", Settings.model_fields["port"].default == 8000),
        ("--stop-timeout 15", serve.PATIENCE_SECONDS < 15),
        ("runs as user 10001", of(stages()[-1], "USER") == ["10001"]),
    ],
)
def test_the_pages_figures_are_the_codes(sentence: str, *, holds: bool) -> None:
    """A figure that is changed here or there is changed in both."""
    assert sentence in PAGE
    assert holds


def test_the_pages_links_lead_somewhere() -> None:
    """To a file beside it, and to a heading in it."""
    for target, anchor in re.findall(r"\]\(([\w./-]*)(?:#([\w-]+))?\)", PAGE):
        file = HOUSE / "docs" / (target or "deploy.md")
        assert file.exists(), target
        if anchor:
            headings = re.findall(r"^#+ (.+)$", file.read_text(), re.MULTILINE)
            slugs = {re.sub(r"[^\w -]", "", each.lower()).replace(" ", "-") for each in headings}
            assert anchor in slugs, anchor


def test_the_picture_stands_by_itself() -> None:
    """Well-formed, told in words, in light and dark, and nothing is loaded or run."""
    text = (HOUSE / "docs" / "topology.svg").read_text()
    root = ET.fromstring(text)
    names = [each.tag.rpartition("}")[2] for each in root.iter()]
    assert names[1:3] == ["title", "desc"]
    assert "prefers-color-scheme: dark" in text
    assert not {"script", "image", "use", "foreignObject"} & set(names)
    assert "href" not in text
