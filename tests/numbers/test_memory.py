"""What is said about memory, and the garbage collector while what stays is made."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from exprgrad.numbers.memory import uncollected


@pytest.fixture(params=[True, False])
def was_on(request: pytest.FixtureRequest) -> Iterator[bool]:
    before = gc.isenabled()
    (gc.enable if request.param else gc.disable)()
    yield request.param
    (gc.enable if before else gc.disable)()


def test_the_collector_goes_on_as_it_was(was_on: bool) -> None:
    with uncollected:
        assert not gc.isenabled()
        with uncollected:
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled() is was_on
    with pytest.raises(ValueError, match="inside"), uncollected:
        raise ValueError("inside")
    assert gc.isenabled() is was_on
