"""What all tests share."""

from __future__ import annotations

import os
import sys

import pytest
from hypothesis import HealthCheck, settings

# Hundreds of processes are started; where nothing keeps what they compile, each spends half of its time on it again.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# The tests are the same each time they run; a longer search, as each file of properties describes it, is another one.
# How long it takes to make an input, or to try it, says something of the machine alone.
settings.register_profile(
    "tests",
    derandomize="EXPRGRAD_EXAMPLES" not in os.environ,
    max_examples=int(os.environ.get("EXPRGRAD_EXAMPLES", "50")),
    print_blob=True,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("tests")


# A command of its own, which needs what no test does.
collect_ignore = ["mutants.py"]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--accept", action="store_true", help="write what is found as what is expected")


@pytest.fixture
def accept(request: pytest.FixtureRequest) -> bool:
    """Whether expected output is to be rewritten."""
    return bool(request.config.getoption("--accept"))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What is slow comes last, so that a failure shows soon; first where several processes share the tests, so that
    none of them has it to itself at the end."""
    shared = hasattr(config, "workerinput")
    items.sort(key=lambda item: (item.get_closest_marker("slow") is None) is shared)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Prints what tests recorded as their summary, also where they ran in another process."""
    for report in terminalreporter.stats.get("passed", []):
        for name, text in report.user_properties:
            if name == "summary":
                terminalreporter.write_line(str(text))
