"""The watcher, on a copy of this repository that a test may change as it likes."""

import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from pairing.touched import ROOT

ANSWER_TIMEOUT = 180.0
"""Seconds after which a silent watcher is killed. None that works takes as long."""

pytestmark = [pytest.mark.proof, pytest.mark.xdist_group("watcher")]  # there is one

FEATURE = "features/02_silence_escalates.feature"
SECOND_LEVEL = "test_after_a_quarter_of_an_hour_of_silence_the_next_level_is_notified"
NOTHING_BEFORE = "test_nobody_of_the_next_level_is_notified_before_the_delay_is_over"
REST = "test_no_line_of_the_specification_is_without_effect"
TAKE_LONG = (
    *("test_decide.py", "test_model.py", "test_text.py", "test_policy_at.py", "test_handovers.py"),
    *("test_service.py", "test_package.py", "test_documents.py"),
)
ROOMS_THAT_TAKE_LONG = ("adapters", "configuration", "explain", "verify")
"""Of the unit tests."""


class Watcher:
    """A started watcher, and the files that it watches."""

    def __init__(self, top: Path) -> None:
        """`top` has a copy of the repository."""
        self.top = top
        environment = dict(os.environ)
        environment.pop("PYTHONDONTWRITEBYTECODE", None)  # compiled modules may be stale
        self.process = subprocess.Popen(
            [sys.executable, "-m", "pairing.watch"],
            cwd=top,
            env=environment | {"PYTHONPATH": str(top / "tests"), "PYTHONIOENCODING": "utf-8"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
        )

    def answer(self) -> str:
        """Its output until it waits again."""
        assert self.process.stdout is not None
        lines = []
        safety_net = threading.Timer(ANSWER_TIMEOUT, self.process.kill)
        safety_net.start()
        for line in self.process.stdout:
            lines.append(line)
            if line.startswith("Waiting for a save"):
                safety_net.cancel()
                return "".join(lines)
        pytest.fail(f"it ended after this output:\n{''.join(lines)}")

    def change(self, file: str, old: str, new: str) -> str:
        """Replace `old` in the file, and return what the watcher prints."""
        path = self.top / file
        text = path.read_text(encoding="utf-8")
        assert old in text
        self._write(path, text.replace(old, new, 1))
        return self.answer()

    def restore(self) -> None:
        """Write back every file that was changed; then everything passes."""
        is_other = False
        for path in [*self.top.glob("**/*.py"), *self.top.glob("**/*.feature")]:
            original = (ROOT / path.relative_to(self.top)).read_text(encoding="utf-8")
            if path.read_text(encoding="utf-8") != original:
                self._write(path, original)
                is_other = True
        if is_other:
            answer = self.answer()
            assert "BROKEN" not in answer
            assert failed(answer) == []

    def end(self) -> None:
        """Kill it, if it still runs."""
        self.process.kill()
        self.process.communicate()

    @staticmethod
    def _write(path: Path, text: str) -> None:
        written = path.with_suffix(".tmp")
        written.write_text(text, encoding="utf-8")
        # The worst case: everything is saved within one second.
        os.utime(written, (1_000_000_000, 1_000_000_000))
        written.replace(path)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watcher]:
    """One that has run everything; without the unit tests that take long."""
    top = tmp_path_factory.mktemp("watched")
    # With what unit tests take from other rooms.
    rooms = ("acceptance", "exports", "on_call", "pairing", "unit")
    for folder in ("features", "pager", *(f"tests/{room}" for room in rooms)):
        rooms_left_out = ROOMS_THAT_TAKE_LONG if folder == "tests/unit" else ()
        left_out = shutil.ignore_patterns("__pycache__", *TAKE_LONG, *rooms_left_out)
        shutil.copytree(ROOT / folder, top / folder, ignore=left_out)
    modules = ("conftest", "browser", "databases", "html_mail", "npm", "waiting")
    for file in ("pyproject.toml", *(f"tests/{module}.py" for module in modules)):
        shutil.copy(ROOT / file, top / file)
    watcher = Watcher(top)
    try:
        assert passed(watcher.answer()) > 1_000
        yield watcher
    finally:
        watcher.end()


@pytest.fixture
def watcher(running: Watcher) -> Iterator[Watcher]:
    """The same one for every test; after the test all files are as before."""
    yield running
    running.restore()


def failed(answer: str) -> list[str]:
    """The names of the tests that failed."""
    return sorted(re.findall(r"^FAILED \S+::(\w+)", answer, re.MULTILINE))


def passed(answer: str) -> int:
    """How many tests passed."""
    found = re.search(r"(\d+) passed", answer)
    return int(found[1]) if found else 0


def test_a_feature_runs_its_scenarios_and_what_holds_of_all_features(watcher: Watcher) -> None:
    """The step that is wrong is named; the tests of the domain are not run."""
    answer = watcher.change(FEATURE, "When 15 minutes pass", "When 13 minutes pass")
    assert failed(answer) == [SECOND_LEVEL]
    assert re.search(r"^Then these Targets are notified: +FAILED$", answer, re.MULTILINE)
    scenarios = (ROOT / FEATURE).read_text(encoding="utf-8").count("Scenario:")
    assert scenarios < passed(answer) < scenarios + 25
    answer = watcher.change(FEATURE, "When 13 minutes pass", "When 13 minutes wait")
    assert failed(answer) == [SECOND_LEVEL]
    assert "“When 13 minutes wait” means nothing." in answer


def test_what_would_not_be_run_is_told(watcher: Watcher) -> None:
    """In the scenario that it belongs to, in the chapter, or in the file that is none."""
    answer = watcher.change(FEATURE, "    When 14 minutes", "    Wen 14 minutes")
    assert "BROKEN" in answer
    assert "Did you mean “When 14 minutes pass”?" in answer
    answer = watcher.change(FEATURE, "    Wen 14 minutes", "    # When 14 minutes")
    assert failed(answer) == [REST, NOTHING_BEFORE]
    watcher.change(FEATURE, "    # When 14 minutes", "    When 14 minutes")
    later = watcher.top / "features" / "later.Feature"
    later.write_text("Feature: Later\n", encoding="utf-8")
    answer = watcher.answer()
    assert failed(answer) == [REST]
    assert "features/later.Feature:1: Nothing in this file is run." in answer
    later.unlink()
    assert failed(watcher.answer()) == []


@pytest.mark.parametrize("file", ["tests/acceptance/steps.py", "pager/testing/steps/reached.py"])
def test_the_steps_run_the_specification_alone(watcher: Watcher, file: str) -> None:
    """All of it, and no unit test."""
    answer = watcher.change(file, '"""The', '"""All the')
    assert failed(answer) == []
    assert 70 < passed(answer) < 1_000


def test_a_module_of_the_domain_is_read_anew(watcher: Watcher) -> None:
    """What a text or a bound says counts, although no test calls it."""
    answer = watcher.change("pager/errors.py", "has no Escalation Policy", "has no policy")
    assert "test_errors.py" in answer
    answer = watcher.change("pager/errors.py", "has no policy", "has no Escalation Policy")
    assert failed(answer) == []
    assert failed(
        watcher.change("pager/model.py", "LONGEST_MESSAGE = 10_000", "LONGEST_MESSAGE = 9_999")
    )


def test_a_second_save_within_a_second_is_another(watcher: Watcher) -> None:
    """Of the same size, at the same time as the first."""
    assert failed(watcher.change("pager/decide.py", "service.level + 1", "service.level + 2"))
    answer = watcher.change("pager/decide.py", "service.level + 2", "service.level + 1")
    assert failed(answer) == []


def test_an_adapter_runs_nothing(watcher: Watcher) -> None:
    """No test that is watched imports one."""
    answer = watcher.change("pager/adapters/runtime/wakeups.py", '"""', '"""Once more. ')
    assert "no tests ran" in answer


def test_what_failed_is_run_first_until_it_passes(watcher: Watcher) -> None:
    """Whatever is saved meanwhile."""
    watcher.change(FEATURE, "When 15 minutes pass", "When 13 minutes pass")
    answer = watcher.change("tests/unit/test_errors.py", '"""', '"""Once more. ')
    assert failed(answer) == [SECOND_LEVEL]
    assert failed(watcher.change(FEATURE, "When 13 minutes pass", "When 15 minutes pass")) == []
    answer = watcher.change("tests/unit/test_errors.py", '"""Once more. ', '"""')
    assert 0 < passed(answer) < 20


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("pager/decide.py", "def decide(", "def decide(("),
        ("tests/unit/test_errors.py", "def test_", "def (test_"),
        (FEATURE, "    Then ", "    Afterwards "),
        ("pager/decide.py", "class Decision(", "import os\nos._exit(3)\nclass Decision("),
    ],
)
def test_what_cannot_be_read_is_told_and_hides_nothing(
    watcher: Watcher, file: str, old: str, new: str
) -> None:
    """The watcher lives on, and what was saved meanwhile is run when all can be read again."""
    answer = watcher.change(file, old, new)
    assert "BROKEN" in answer
    assert Path(file).name in answer
    answer = watcher.change("pager/relay.py", "timedelta(minutes=5)", "timedelta(minutes=6)")
    assert "BROKEN" in answer
    answer = watcher.change(file, new, old)
    assert "BROKEN" not in answer
    assert "FAILED tests/unit/test_relay.py::" in answer


def test_many_files_that_are_saved_at_once_are_one_run(watcher: Watcher) -> None:
    """As a change of branch saves them."""
    features = sorted((watcher.top / "features").iterdir())
    for path in features:
        path.write_text(path.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    answer = watcher.answer()
    assert all(path.name in answer for path in features)
    assert failed(answer) == []


def test_ctrl_c_ends_it(running: Watcher) -> None:
    """Without output. It is the last test of this file: the watcher is gone afterwards."""
    running.process.send_signal(signal.SIGINT)
    rest, _ = running.process.communicate(timeout=ANSWER_TIMEOUT)
    assert (running.process.returncode, rest.strip()) == (0, "")
