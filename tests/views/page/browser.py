"""A headless Chromium, and the pages that it shows."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@contextmanager
def started() -> Iterator[Any]:
    """A browser; the test is skipped where there is none."""
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: pip install playwright")
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        pytest.skip("there is no Chromium, which shows the pages: apt-get install chromium")
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


class Shown:
    """A page in a browser. What goes wrong there, or is asked for elsewhere, is kept in `problems`."""

    def __init__(self, browser: Any, text: str, folder: Path, **options: Any) -> None:
        file = folder / "page.html"
        file.write_text(text, encoding="utf-8")
        self.context = browser.new_context(**options)
        self.page = self.context.new_page()
        self.problems: list[str] = []
        self.page.on("console", lambda message: self.problems.append(message.text))
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.page.on("request", lambda request: self._asked(request.url, file))
        self.page.goto(file.as_uri())

    def _asked(self, url: str, file: Path) -> None:
        if url != file.as_uri():
            self.problems.append(f"asks for {url}")

    def run(self, script: str, argument: Any = None) -> Any:
        """What a function of JavaScript gives."""
        return self.page.evaluate(script, argument)

    def step(self) -> int:
        """The step that is shown."""
        return int(self.run("() => document.getElementById('step').valueAsNumber"))

    def go(self, step: int) -> None:
        """Moves the slider."""
        self.run(
            "(at) => { const s = document.getElementById('step'); s.value = at; s.dispatchEvent(new Event('input')); }",
            step,
        )

    def sentence(self) -> list[str]:
        """The cells of the sentence that is shown."""
        return list(
            self.run("() => [...document.querySelectorAll('#sentence span')].map((x) => x.textContent)"),
        )

    def enter(self, values: dict[str, str]) -> None:
        """Types values."""
        for name, text in values.items():
            self.page.fill(f"input[name='{name}']", text)

    def results(self) -> list[str]:
        """The numbers that are shown as results."""
        return list(self.run("() => [...document.querySelectorAll('#results output')].map((x) => x.textContent)"))

    def lines(self) -> list[list[str]]:
        """The cells of all steps in the list."""
        script = (
            "() => [...document.querySelectorAll('#steps li')].map((x) => [...x.children].map((y) => y.textContent))"
        )
        return list(self.run(script))

    def visible(self, picture: str) -> list[str]:
        """The titles of the nodes that are to be seen in a picture."""
        script = """(id) => [...document.querySelectorAll(`#${id} .node`)]
            .filter((x) => getComputedStyle(x).visibility !== 'hidden')
            .map((x) => x.querySelector('.title').textContent)"""
        return list(self.run(script, picture))

    def node(self, picture: str, title: str) -> dict[str, str]:
        """What a node says."""
        script = """([id, title]) => {
            const node = [...document.querySelectorAll(`#${id} .node`)]
                .find((x) => x.querySelector('.title').textContent === title);
            const said = {state: node.getAttribute('class'), hover: node.querySelector(':scope > title').textContent};
            for (const what of ['value', 'derivative'])
                said[what] = node.querySelector('.' + what)?.textContent.trim() ?? '';
            return said;
        }"""
        return dict(self.run(script, [picture, title]))
