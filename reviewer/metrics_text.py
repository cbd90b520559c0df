"""The counts of all processes and the state of the queue, as text that Prometheus reads."""

import sys
from collections.abc import Iterable, Iterator
from itertools import accumulate, product

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
)
from prometheus_client.metrics_core import Metric as Family
from prometheus_client.registry import Collector
from sqlalchemy import Connection

from checks import RULES_VERSION
from reviewer import metrics_rows, store
from reviewer.metrics import METRICS, SUM, Kind, Metric
from reviewer.metrics_rows import Row
from reviewer.readiness import WORKER_SECONDS
from reviewer.report.tool import version
from reviewer.work.census import Census, census

CONTENT_TYPE = CONTENT_TYPE_LATEST
PREFIX = "secreview_"
LAST = "last_good_delivery"


def text(tx: Connection) -> bytes:
    """Everything there is to say now.

    Raises:
        sqlalchemy.exc.SQLAlchemyError: the database is away.
    """
    registry = CollectorRegistry(auto_describe=False)
    now, alive = store.now(tx), len(store.alive(tx, WORKER_SECONDS))
    registry.register(_Told([*_state(census(tx), alive), *_sums(list(metrics_rows.load(tx)), now)]))
    return generate_latest(registry)


class _Told(Collector):
    """Hands out what was read already: nothing may fail half-way through an answer."""

    def __init__(self, families: list[Family]) -> None:
        self._families = families

    def collect(self) -> Iterable[Family]:
        return self._families


def _state(counted: Census, alive: int) -> Iterator[Family]:
    python = ".".join(map(str, sys.version_info[:3]))
    told = {"version": version(), "rules": RULES_VERSION, "python": python}
    yield InfoMetricFamily(f"{PREFIX}build", "What runs here.", told)
    length = GaugeMetricFamily(
        f"{PREFIX}queue_length",
        "What is not finished, by queue and state.",
        labels=["queue", "state"],
    )
    for (queue, state), count in counted.lengths.items():
        length.add_metric([queue, state], count)
    yield length
    running = counted.lengths["reviews", "running"]
    for name, value, said in (
        ("running_reviews", running, "Reviews that run, short waits for GitHub included."),
        ("oldest_waiting_review_seconds", counted.oldest, "How long the first in the queue waits."),
        ("workers_alive", alive, f"Workers seen in the last {WORKER_SECONDS:.0f} seconds."),
    ):
        yield GaugeMetricFamily(f"{PREFIX}{name}", said, value)


def _sums(rows: list[Row], now: float) -> Iterator[Family]:
    for metric in METRICS.values():
        mine = [row for row in rows if row.name == metric.name]
        if metric.name == LAST:
            yield from _since(mine, now)
        elif metric.kind is Kind.HISTOGRAM:
            yield _histogram(metric, mine)
        else:
            yield _plain(metric, mine)


def _since(rows: list[Row], now: float) -> Iterator[Family]:
    said = "How long ago the last signed delivery was taken in; not there before the first."
    for row in rows:
        name = f"{PREFIX}seconds_since_{LAST}"
        yield GaugeMetricFamily(name, said, max(0.0, now - row.value))


def _plain(metric: Metric, rows: list[Row]) -> Family:
    kind = CounterMetricFamily if metric.kind is Kind.COUNTER else GaugeMetricFamily
    family = kind(f"{PREFIX}{metric.name}", metric.told, labels=list(metric.labels))
    known = {tuple(row.labels[name] for name in metric.labels): row.value for row in rows}
    if metric.whole:
        values = [list(label) for label in metric.labels.values() if isinstance(label, tuple)]
        known = dict.fromkeys(product(*values), 0.0) | known
    for labels, value in known.items():
        family.add_metric(labels, value)
    return family


def _histogram(metric: Metric, rows: list[Row]) -> Family:
    known = {row.labels["le"]: row.value for row in rows}
    bounds = [each for each in metric.labels["le"] if each != SUM]  # type: ignore[union-attr]
    counts = accumulate(known.get(bound, 0.0) for bound in bounds)
    family = HistogramMetricFamily(f"{PREFIX}{metric.name}", metric.told)
    family.add_metric([], list(zip(bounds, counts, strict=True)), known.get(SUM, 0.0))
    return family
