"""Names for what is written, none of them twice."""

from __future__ import annotations

from collections.abc import Callable, Collection


class Names:
    """Names that are taken; those that `fold` alike are the same one. `is_reserved` says what no variable may be
    called, and what is `taken` from the beginning is another one's."""

    def __init__(
        self, is_reserved: Callable[[str], bool], taken: Collection[str] = (), fold: Callable[[str], str] = str
    ) -> None:
        self._is_reserved = is_reserved
        self._fold = fold
        self._taken = set(map(fold, taken))
        self._numbers: dict[str, int] = {}
        self._temporaries = 0

    def unique(self, name: str) -> str:
        """A name, with an underscore behind it where it is reserved, and a number where it is taken."""
        found = name = f"{name}_" if self._is_reserved(name) else name
        while self._fold(found) in self._taken:
            self._numbers[name] = number = self._numbers.get(name, 1) + 1
            found = f"{name}_{number}"
        self._taken.add(self._fold(found))
        return found

    def temporary(self) -> str:
        """The next of t1, t2 and so on that is free."""
        while True:
            self._temporaries += 1
            name = f"t{self._temporaries}"
            if self._fold(name) not in self._taken:
                return self.unique(name)

    def release(self, name: str) -> None:
        """A name is free again."""
        self._taken.discard(self._fold(name))


def free(name: str, taken: Collection[str]) -> str:
    """A name that is not taken, with underscores behind it."""
    while name in taken:
        name += "_"
    return name
