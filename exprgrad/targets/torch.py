"""PyTorch: functions of tensors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from exprgrad.targets.arrays import Arrays
from exprgrad.targets.target import Text


class Torch(Arrays):
    """Writes a module that needs PyTorch alone, whose function `torch.compile` and `torch.vmap` take."""

    library = "PyTorch"
    short = "torch"
    imports = "import torch"
    remarks = ("Its derivatives are written out: it needs no autograd.",)
    double = "_double"
    prelude: ClassVar = {
        "_double": "\n".join(
            [
                "# A tensor of doubles",
                "def _double(x):",
                "    return torch.as_tensor(x, dtype=torch.float64)",
            ]
        )
    }
    calls: ClassVar = {**Arrays.calls, "power": "pow"}
    lacks = (
        "cbrt",
        "root",
        "degrees",
        "radians",
        "gamma",
        "sign",
        "maximum",
        "minimum",
        "mod",
        "floor_divide",
        "heaviside",
    )

    def spelled(self, name: str, operands: Sequence[Text]) -> Text:
        if name == "true_divide" and operands[0].number not in (None, 1.0):
            # A number over a tensor is the number times the reciprocal there, which is rounded twice.
            operands = [self.own(self.double, operands[:1]), operands[1]]
        return super().spelled(name, operands)

    def call(self, name: str, operands: Sequence[Text]) -> Text:
        """Its functions take tensors, no numbers, and where there are two numbers to choose from they are of single
        precision."""
        if name != "where" or all(x.number is not None for x in operands[1:]):
            operands = [x if x.number is None else self.own(self.double, [x]) for x in operands]
        return super().call(name, operands)

    def own(self, name: str, operands: Sequence[Text]) -> Text:
        if name != self.double:
            operands = [x if x.number is None else self.own(self.double, [x]) for x in operands]
        return super().own(name, operands)
