"""The goals of a storm, and how far they are."""

from typing import NamedTuple

from benchmarks.results import Results, Series

MOST_P99_MS = 40.0


class Goal(NamedTuple):
    """One of them, in words."""

    title: str
    wanted: str
    measured: str
    is_met: bool


def goals(results: Results) -> list[Goal]:
    """Each that what was measured can be held against."""
    found = []
    pager = results.series("storm", "pager")
    if pager is not None:
        found += _beside_others(
            pager, results.series("storm", "alertmanager"), results.series("storm", "ceiling")
        )
        found += _on_postgresql(
            pager,
            results.series("storm", "pager-postgresql-1"),
            results.series("storm", "pager-postgresql-3"),
        )
    return found + _at_rest(results)


def _beside_others(pager: Series, peer: Series | None, ceiling: Series | None) -> list[Goal]:
    found = []
    if peer is not None:
        found.append(_ratio("Alerts a second", "alerts_per_s", pager, peer, at_least=1.3))
    if ceiling is not None:
        found.append(_ratio("Alerts a second", "alerts_per_s", pager, ceiling, at_least=0.7))
    if peer is not None:
        found.append(_ratio("last e-mail", "last_mail_s", pager, peer, at_most=1.0))
    if ceiling is not None:
        found.append(_ratio("last e-mail", "last_mail_s", pager, ceiling, at_most=1.5))
    p99 = pager.median("p99_ms") or 0.0
    found.append(
        Goal("p99 of an answer", f"under {MOST_P99_MS:.0f} ms", f"{p99:.2f} ms", p99 < MOST_P99_MS)
    )
    if peer is not None:
        found.append(_ratio("CPU seconds", "cpu_s", pager, peer, at_most=1.0))
        found.append(_ratio("peak memory", "peak_mib", pager, peer, at_most=1.0))
    for column in ("missing", "doubled"):
        total = pager.total(column)
        found.append(Goal(f"e-mails {column}", "0", str(total), total == 0))
    return found


def _on_postgresql(sqlite: Series, one: Series | None, three: Series | None) -> list[Goal]:
    found = []
    if one is not None:
        found.append(
            _ratio("PostgreSQL: Alerts a second", "alerts_per_s", one, sqlite, at_least=0.5)
        )
        found.append(_ratio("PostgreSQL: last e-mail", "last_mail_s", one, sqlite, at_most=2.0))
    if one is not None and three is not None:
        title = "three nodes: Alerts a second"
        found.append(_ratio(title, "alerts_per_s", three, one, at_least=1.0))
    return found


def _at_rest(results: Results) -> list[Goal]:
    pager, peer = results.at_rest.get("pager"), results.at_rest.get("alertmanager")
    if pager is None or peer is None:
        return []
    behind, commit = pager.mail_p50_ms - peer.mail_p50_ms, results.commit_p50_ms or 0.0
    return [
        Goal(
            "at rest, p99 until the e-mail is accepted",
            f"at most Alertmanager's {peer.mail_p99_ms:.1f} ms",
            f"{pager.mail_p99_ms:.1f} ms",
            pager.mail_p99_ms <= peer.mail_p99_ms,
        ),
        Goal(
            "at rest, p50 until the e-mail is accepted",
            f"no further behind Alertmanager's {peer.mail_p50_ms:.1f} ms than a commit"
            f" ({commit:.2f} ms)",
            f"{pager.mail_p50_ms:.1f} ms",
            behind <= commit,
        ),
    ]


def _ratio(  # noqa: PLR0913 - two are named
    title: str,
    column: str,
    series: Series,
    other: Series,
    *,
    at_least: float | None = None,
    at_most: float | None = None,
) -> Goal:
    value, reference = series.median(column), other.median(column)
    bound = f"at least {at_least}" if at_least is not None else f"at most {at_most}"
    wanted = f"{bound} of that of {other.title}"
    if not value or not reference:
        return Goal(title, wanted, "not measured", is_met=False)
    ratio = value / reference
    is_met = (at_least is None or ratio >= at_least) and (at_most is None or ratio <= at_most)
    return Goal(title, wanted, f"{ratio:.2f}", is_met)
