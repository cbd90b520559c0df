"""A post that is as unreliable as GitHub's, and redelivers what was refused."""

import queue
import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import requests

from tests.standin.courier import Courier, Delivery
from tests.standin.world import World

CARRIERS = 16
AGAIN_SECONDS = 0.7
TIMEOUT = 10


class RoughPost(Courier):
    """Carries deliveries to one of several hosts, some late, some twice, each until it is taken.

    ``late`` and ``twice`` are shares of the deliveries; late ones come up to ``lag`` seconds
    after they were sent, and so behind others. ``holding`` keeps them back. ``refused`` counts
    the answers other than 2xx by status (0: no connection), ``seconds`` holds how long each
    answer with 2xx took.
    """

    def __init__(self, world: World, urls: Callable[[], list[str]], seed: int) -> None:
        super().__init__(world, url="rough")
        self.late = self.twice = 0.0
        self.lag = 3.0
        self.refused: Counter[int] = Counter()
        self.seconds: list[float] = []
        self.taken = 0
        self.holding = False
        self._held: list[Delivery] = []
        self._urls = urls
        self._dice = random.Random(seed)
        self._bag: queue.Queue[tuple[float, Delivery]] = queue.Queue()
        self._carrying = 0
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._run) for _ in range(CARRIERS)]
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        """Carry nothing any more."""
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def send(self, packed: Delivery) -> Delivery:
        """Take a delivery along; it is on its way when this returns."""
        self._put(packed)
        return packed

    def later(self, packed: Delivery) -> None:
        """Take along what the App's own calls caused."""
        self._put(packed)

    @property
    def waiting(self) -> int:
        """How many deliveries are not taken yet."""
        with self._lock:
            return self._carrying

    def released(self) -> list[Delivery]:
        """What was held back, for others to carry."""
        held, self._held = self._held, []
        return held

    def _put(self, packed: Delivery) -> None:
        if self.holding:
            self._held.append(packed)
            return
        with self._lock:
            times = 2 if self._dice.random() < self.twice else 1
            for _ in range(times):
                lag = self._dice.uniform(0, self.lag) if self._dice.random() < self.late else 0.0
                self._carrying += 1
                self._bag.put((time.monotonic() + lag, packed))

    def _run(self) -> None:
        session = requests.Session()
        while not self._stop.is_set():
            try:
                due, packed = self._bag.get(timeout=0.2)
            except queue.Empty:
                continue
            now = time.monotonic()
            if due > now:
                time.sleep(min(due - now, 0.02))
                self._bag.put((due, packed))
                continue
            if self._try(session, packed):
                with self._lock:
                    self._carrying -= 1
            else:
                self._bag.put((time.monotonic() + AGAIN_SECONDS, packed))

    def _try(self, session: requests.Session, packed: Delivery) -> bool:
        """Make one attempt; whether it was taken."""
        urls = self._urls()
        if not urls:
            return False
        url = self._dice.choice(urls) + "/webhook"
        started = time.monotonic()
        try:
            answer = session.post(url, packed.content, headers=packed.headers, timeout=TIMEOUT)
            code, text = answer.status_code, answer.text
        except requests.RequestException:
            code, text = 0, ""
        took = time.monotonic() - started
        sent = replace(
            packed, at=time.time(), delivered_at=self.world.now(), duration=took,
            status_code=code, answer=text,
        )  # fmt: skip
        with self._lock:
            self.deliveries.append(sent)
            if 200 <= code < 300:
                self.seconds.append(took)
                self.taken += code == 202
                return True
            self.refused[code] += 1
        return False
