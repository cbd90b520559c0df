"""``python -m tests.torture.sender FILE SECONDS URL...``: deliver a file of deliveries evenly.

A process of its own, so that what is measured is the App and not the tests. Each line of FILE is
``{"headers": {...}, "body": "..."}``. Prints a JSON list of ``[status, seconds]``.
"""

import http.client
import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import local
from urllib.parse import urlsplit

SENDERS = 32
TIMEOUT = 10


def main() -> None:
    """Send them all, each at its time."""
    file, seconds, *urls = sys.argv[1:]
    lines = [json.loads(line) for line in Path(file).read_text().splitlines()]
    began, gap = time.monotonic(), float(seconds) / len(lines)
    with ThreadPoolExecutor(SENDERS) as pool:
        sent = [
            pool.submit(send, urls[n % len(urls)], line, began + n * gap)
            for n, line in enumerate(lines)
        ]
        sys.stdout.write(json.dumps([each.result() for each in sent]))


_mine = local()


def send(url: str, line: dict[str, dict[str, str]], due: float) -> tuple[int, float]:
    """Send one when it is due: the status, 0 for no answer, and the seconds it took."""
    time.sleep(max(0.0, due - time.monotonic()))
    kept = _mine.__dict__.setdefault("connections", {})
    started = time.monotonic()
    for _ in range(2):  # a connection that was kept may have been closed meanwhile
        try:
            if url not in kept:
                kept[url] = http.client.HTTPConnection(urlsplit(url).netloc, timeout=TIMEOUT)
            kept[url].request("POST", "/webhook", str(line["body"]), line["headers"])
            answer = kept[url].getresponse()
            answer.read()
        except (OSError, http.client.HTTPException):
            kept.pop(url).close()
        else:
            return answer.status, time.monotonic() - started
    return 0, time.monotonic() - started


if __name__ == "__main__":
    main()
