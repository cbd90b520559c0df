"""The trends as one HTML page: plots, tables, what each word means; it loads nothing."""

from typing import Any

from markupsafe import Markup

from reviewer.report import insights_axes as axes
from reviewer.report import insights_plots as plots
from reviewer.report import insights_words as words
from reviewer.report.counting import counted
from reviewer.report.insights import Trends, shortened
from reviewer.report.page import digest, environment, source
from reviewer.report.tool import NAME, version

MOST_REPOSITORIES = 500
MOST_SUPPRESSIONS = 5_000
_POLICY = "default-src 'none'; style-src '{style}'; base-uri 'none'; form-action 'none'"
_MEANINGS = words.VERDICTS | {
    kind: kind for kind in (words.INTRODUCED, words.FIXED, words.SUPPRESSED)
}
_KINDS = {
    words.EXPIRED: "expired",
    words.SOON: "soon",
    words.ENDS: "ends",
    words.ENDLESS: "endless",
}


def page(trends: Trends) -> str:
    """*trends* as HTML. Equal arguments give equal pages."""
    style = Markup("{}{}").format(source("page.css.jinja"), source("insights.css.jinja"))
    repositories, more_repositories = shortened(trends.repositories, MOST_REPOSITORIES)
    values: dict[str, Any] = {
        "style": style,
        "policy": _POLICY.format(style=digest(style)),
        "words": words,
        "meanings": _MEANINGS,
        "kinds": _KINDS,
        "trends": trends,
        "total": trends.total,
        "heading": words.TITLE.format(weeks=counted(len(trends.weeks), "week")),
        "span": words.SPAN.format(first=trends.weeks[0], last=trends.today),
        "only": words.ONE.format(name=trends.only) if trends.only else "",
        "charts": _charts(trends),
        "rules": list(trends.rules.items()),
        "repositories": repositories,
        "more_repositories": more_repositories,
        "suppressions": trends.suppressions[:MOST_SUPPRESSIONS],
        "more_suppressions": max(0, len(trends.suppressions) - MOST_SUPPRESSIONS),
        "spark": plots.spark,
        "sizes": {
            "WIDTH": axes.WIDTH,
            "HEIGHT": axes.HEIGHT,
            "LEFT": axes.LEFT,
            "RIGHT": axes.RIGHT,
            "SPARK_WIDTH": plots.SPARK_WIDTH,
            "SPARK_HEIGHT": plots.SPARK_HEIGHT,
        },
        "duration": words.duration,
        "tool": f"{NAME} {version()}",
    }
    return environment().get_template("insights.html.jinja").render(values)


def _charts(trends: Trends) -> list[dict[str, Any]]:
    """The plots for which there is something to draw."""
    total = trends.total
    return [
        {"id": name, "title": title, "about": about, "plot": draw(trends)}
        for there, name, title, about, draw in (
            (
                total.changes, "findings", "Findings",
                "introduced above the line, fixed and suppressed below it", plots.findings,
            ),
            (total.reviews, "reviews", "Reviews", "by their verdict", plots.reviews),
            (
                total.seconds, "times", "Time to verdict",
                "the median, and the middle half of the reviews", plots.times,
            ),
        )
        if there
    ]  # fmt: skip
