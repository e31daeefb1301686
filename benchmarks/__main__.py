"""`python -m benchmarks`: see `--help`."""

import argparse
import logging
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks import growth_store, machine, report
from benchmarks.at_rest import measure_at_rest
from benchmarks.growth import Growth
from benchmarks.intake import measure_intake
from benchmarks.machine import BenchmarkError, say
from benchmarks.on_call import measure_on_call
from benchmarks.profiling import profile
from benchmarks.results import Plot, Results, Series
from benchmarks.sinks import smtp_sink
from benchmarks.storm import Storm, measure
from benchmarks.systems import Alerta, Alertmanager, Ceiling, Icinga2, Pager, System
from benchmarks.verify import measure_verify

HELP = """\
Measure Pager beside the ceiling (its domain with nothing round it) and the pagers that are
installed, and write docs/performance.md, docs/performance/results.json and the plots.

stages:
  storm        thousands of services fail at once, one Alert a request
  same-text    the same, but all Alerts of a service say the same
  batches      the same, 500 Alerts a request
  postgresql   the storm on PostgreSQL, one node and three
  slow         an SMTP server that takes 200 ms for each e-mail
  one-service  one service with 50,000 duplicates
  at-rest      one Alert to an idle server until its e-mail is accepted; the disk
  intake       an Alertmanager's payload of 500 alerts beside 500 native Alerts in one request
  on-call      who is on call at a moment, and the shifts of a month
  verify       what must hold at every moment of thirteen months, of a hundred services
  growth       how the cost of a storm grows with services, Targets, timers, edits of policies
  store        how the cost of what is read grows with services, rows of the journal, edits
  profile      where the time of a storm goes
"""
EPILOG = """\
Stop what else runs on the machine: a run that something disturbs is thrown away and repeated.
What an earlier run measured stays on the page where a stage is not measured again.
"""
REPOSITORY = Path(__file__).parents[1]
QUICK_OUTPUT = REPOSITORY / "build" / "benchmarks"


class Benchmarks:
    """The stages. Each adds to the results."""

    def __init__(self, results: Results, *, runs: int, is_quick: bool, quiet: float) -> None:
        """`quiet` is how many seconds to wait for an idle machine before each run."""
        self.results, self._runs, self._is_quick, self._quiet = results, runs, is_quick, quiet

    def stages(self) -> dict[str, Callable[[], None]]:
        """By their names, in their order."""
        return {
            "storm": self._storm,
            "same-text": self._same_text,
            "batches": self._batches,
            "postgresql": self._postgresql,
            "slow": self._slow,
            "one-service": self._one_service,
            "at-rest": self._at_rest,
            "intake": self._intake,
            "on-call": self._on_call,
            "verify": self._verify,
            "growth": self._growth,
            "store": self._store,
            "profile": self._profile,
        }

    def _storm(self) -> None:
        self._alternate("storm", [*_main_systems(), Icinga2(), Alerta()], self._whole())

    def _same_text(self) -> None:
        self._alternate("same-text", _main_systems(), self._whole(same_text=True), runs=1)

    def _batches(self) -> None:
        self._alternate("batches", _main_systems(), self._whole(batch=500, connections=8))

    def _postgresql(self) -> None:
        systems = [Pager("PostgreSQL", 1), Pager("PostgreSQL", 3)]
        self._alternate("storm", systems, self._whole())

    def _slow(self) -> None:
        storm = Storm(services=50 if self._is_quick else 500, smtp_delay=0.2)
        self._alternate("slow", _main_systems(), storm, runs=1)

    def _one_service(self) -> None:
        duplicates = 500 if self._is_quick else 50_000
        storm = Storm(services=1, duplicates=duplicates)
        same = storm.model_copy(update={"same_text": True})
        self._alternate("one-service", _main_systems(), storm, runs=1)
        self._alternate("one-service-same-text", _main_systems(), same, runs=1)

    def _at_rest(self) -> None:
        commits = machine.commit_time(self._disk())
        self.results.commit_p50_ms, self.results.commit_p99_ms = commits
        for system in self._installed(_main_systems()):
            say(f"{system.title}: at rest")
            number = 30 if self._is_quick else 300
            found = measure_at_rest(system, number, quiet_timeout=self._quiet)
            say(f"{system.title}: e-mail after {found.mail_p50_ms} ms, p99 {found.mail_p99_ms} ms")
            self.results.at_rest[system.name] = found

    def _intake(self) -> None:
        alerts, requests = (50, 2) if self._is_quick else (500, 10)
        found = measure_intake(alerts, requests, quiet_timeout=self._quiet)
        say(f"{found.time_ratio:.2f} times the time of native Alerts, {found.cpu_ratio:.2f} of CPU")
        self.results.intake = found

    def _on_call(self) -> None:
        self.results.on_call = measure_on_call()
        for found in self.results.on_call.schedules:
            say(f"{found.schedule}: {found.now_us} µs, a month {found.month_ms} ms")

    def _verify(self) -> None:
        self.results.verify = measure_verify()
        say(f"all properties of a hundred services: {self.results.verify.all_s} s")

    def _growth(self) -> None:
        for plot in Growth(is_quick=self._is_quick, quiet=self._quiet).plots():
            name = f"growth: {plot.__name__}"
            say(name)
            try:
                self.results.add_plot(plot())
                self.results.failures.pop(name, None)
            except (BenchmarkError, OSError) as error:
                say(f"{name} failed: {error}")
                self.results.failures[name] = str(error)[:200]

    def _store(self) -> None:
        for found in growth_store.plots(is_quick=self._is_quick):
            self.results.add_plot(Plot.model_validate(found))

    def _profile(self) -> None:
        modules, functions = profile(self._whole())
        self.results.profile_of_modules, self.results.profile_of_functions = modules, functions

    def _whole(self, *, same_text: bool = False, batch: int = 1, connections: int = 32) -> Storm:
        services = 100 if self._is_quick else 5000
        return Storm(services=services, same_text=same_text, batch=batch, connections=connections)

    def _alternate(
        self, table: str, systems: Sequence[System], storm: Storm, *, runs: int | None = None
    ) -> None:
        """Each system once, then each once more: what changes slowly concerns all of them."""
        rows = [
            Series(
                table=table,
                system=system.name,
                title=system.title,
                is_durable=system.is_durable,
                storm=_fitting(storm, system),
                runs=[],
            )
            for system in self._installed(systems)
        ]
        by_name = {system.name: system for system in systems}
        for number in range(runs or self._runs):
            for row in rows:
                say(f"{table}, run {number + 1}: {row.title}, {row.storm.services:,} services")
                run = measure(by_name[row.system], row.storm, quiet_timeout=self._quiet)
                row.runs += [run] if run else []
        for row in rows:
            if row.runs:
                self.results.add(row)
                self.results.failures.pop(f"{table}: {row.title}", None)
            else:
                self.results.failures[f"{table}: {row.title}"] = "no run was usable"

    def _installed(self, systems: Sequence[System]) -> list[System]:
        found = []
        for system in systems:
            if system.is_installed():
                self.results.versions[system.title] = system.version()
                self.results.not_installed.pop(system.title, None)
                found.append(system)
            else:
                say(f"{system.title} is not installed. To measure it: {system.install}")
                self.results.not_installed[system.title] = system.install
        return found

    def _disk(self) -> Path:
        folder = REPOSITORY / "build"
        folder.mkdir(exist_ok=True)
        return folder


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, and write the page after each stage."""
    options = _options(arguments)
    folder = options.output or (QUICK_OUTPUT if options.quick else REPOSITORY / "docs")
    logging.getLogger("pager").setLevel(logging.ERROR)  # not that a database is new
    results = Results.read(folder / "performance" / "results.json")
    benchmarks = Benchmarks(results, runs=options.runs, is_quick=options.quick, quiet=options.quiet)
    stages = benchmarks.stages()
    wanted = options.only or list(stages)
    if smtp_sink() is None:
        say("smtp-sink is not installed, so a slower SMTP server of our own takes the e-mails. To")
        say("measure with Postfix's: apt-get install --no-install-recommends postfix")
    if not options.page:
        _describe(results)
    for name in [] if options.page else wanted:
        say(f"--- {name}")
        try:
            stages[name]()
            results.failures.pop(name, None)
        except (BenchmarkError, OSError) as error:
            say(f"{name} failed: {error}")
            results.failures[name] = str(error)[:200]
        report.write(results, folder)
    report.write(results, folder)
    say(f"the page is {folder / 'performance.md'}")


def _describe(results: Results) -> None:
    """When and where it is measured."""
    results.date = time.strftime("%Y-%m-%d", time.gmtime())
    results.cpu, results.cores = machine.cpu_model(), machine.cores()
    results.versions = {**results.versions, **machine.versions()}


class _Options(argparse.Namespace):
    quick: bool
    runs: int
    only: list[str] | None
    quiet: float
    output: Path | None
    page: bool


def _options(arguments: Sequence[str] | None) -> _Options:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description=HELP,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    names = list(Benchmarks(Results(), runs=1, is_quick=True, quiet=0).stages())

    def stages(text: str) -> list[str]:
        chosen = text.split(",")
        if unknown := set(chosen) - set(names):
            raise argparse.ArgumentTypeError(
                f"no such stage: {', '.join(sorted(unknown))}; there are {', '.join(names)}"
            )
        return chosen

    def runs(text: str) -> int:
        if not text.isdecimal() or not int(text):
            raise argparse.ArgumentTypeError("a number from 1 on")
        return int(text)

    parser.add_argument(
        "--quick",
        action="store_true",
        help="small sizes, to try the command: minutes; the page goes to build/benchmarks/",
    )
    parser.add_argument(
        "--runs", type=runs, default=3, help="how often each storm is measured (%(default)s)"
    )
    parser.add_argument("--only", type=stages, metavar="STAGE,…", help="only these stages")
    parser.add_argument(
        "--quiet",
        type=float,
        default=30.0,
        metavar="SECONDS",
        help="how long to wait for an idle machine before each run (%(default)s)",
    )
    parser.add_argument(
        "--output", type=Path, metavar="FOLDER", help="where to write, in place of docs/"
    )
    parser.add_argument("--page", action="store_true", help="measure nothing: write the page again")
    return parser.parse_args(arguments, namespace=_Options())


def _main_systems() -> list[System]:
    return [Pager(), Ceiling(), Alertmanager()]


def _fitting(storm: Storm, system: System) -> Storm:
    if system.most_services is None or storm.services <= system.most_services:
        return storm
    return storm.model_copy(update={"services": system.most_services})


if __name__ == "__main__":
    main()
