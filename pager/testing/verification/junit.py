"""What came of a run as JUnit XML, which GitLab, Jenkins and others show."""

from collections.abc import Sequence
from xml.etree import ElementTree as ET

from pager.adapters.text import printable
from pager.testing.verification.results import Result

SUITE = "pager verify"


def junit_of(results: Sequence[Result]) -> str:
    """The text of the file: a test case for each result, named by its feature and its title."""
    top = ET.Element("testsuites", name=SUITE)
    suite = ET.SubElement(
        top,
        "testsuite",
        name=SUITE,
        tests=str(len(results)),
        failures=str(sum(not result.holds for result in results)),
        errors="0",
        skipped="0",
        time=f"{sum(result.seconds for result in results):.3f}",
    )
    suite.extend(map(_case, results))
    return ET.tostring(top, encoding="unicode") + "\n"


def _case(result: Result) -> ET.Element:
    # XML has no place for most control characters.
    case = ET.Element(
        "testcase",
        classname=printable(result.feature),
        name=printable(result.title),
        file=printable(result.chapter),
        time=f"{result.seconds:.3f}",
    )
    if not result.holds:
        failure = ET.SubElement(case, "failure", message=printable(result.failure))
        failure.text = printable(result.report)
    return case
