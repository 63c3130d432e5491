"""Where the lines that were typed are kept: a file of the user's alone, where there is a place for one."""

from __future__ import annotations

import os


def history_file() -> str | None:
    """The file, made if there was none, which nobody else can read; None where it cannot be written."""
    folder = os.environ.get("XDG_STATE_HOME", "")
    if not os.path.isabs(folder):  # what is not is to be ignored
        folder = os.path.expanduser(os.path.join("~", ".local", "state"))
    if not os.path.isabs(folder):
        return None
    file = os.path.join(folder, "exprgrad", "history")
    try:
        os.makedirs(os.path.dirname(file), mode=0o700, exist_ok=True)
        os.close(os.open(file, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600))
        os.chmod(file, 0o600)
    except OSError:
        return None
    return file
