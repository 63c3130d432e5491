"""Where the command starts: `exprgrad` and `python -m exprgrad`."""

from __future__ import annotations

import gc
import os
import sys

from exprgrad import interrupts

TYPE_CHECKING = False  # as type checkers know it; to load `typing` would take time
if TYPE_CHECKING:
    from typing import NoReturn


def main() -> NoReturn:
    """The entry point. What it imports it imports once an interrupt is quiet."""
    interrupts.are_quiet()
    # What a run makes is one graph or trace that lives to its end: there is no garbage to look for.
    gc.disable()
    from exprgrad.light import lighten

    lighten()
    from exprgrad.diagnostics import EntryError

    try:
        from exprgrad.cli import run
    except EntryError as problem:  # an operation lacks something, and without all of them there is no command
        os.write(2, f"exprgrad: error: {problem}\n".encode())
        os._exit(problem.exit_code)

    # The command line is UTF-8 wherever it runs; Python may have read it by the locale.
    code = run([os.fsencode(word).decode("utf-8", "surrogateescape") for word in sys.argv[1:]])
    # All is written and flushed. What is left is to free each object, for a fifth of the time of a run, and to wait
    # for threads that compute rows which nobody wants any more.
    os._exit(code)


if __name__ == "__main__":
    main()
