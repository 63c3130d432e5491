"""The names of `exprgrad.dynamic`, which are PyTorch's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from exprgrad.faces.answers import lookups
from exprgrad.faces.torch import arrays
from exprgrad.faces.torch import tensor as _tensor
from exprgrad.faces.torch.derivatives import grad
from exprgrad.faces.torch.functions import function
from exprgrad.faces.torch.grad_mode import enable_grad, is_grad_enabled, no_grad, set_grad_enabled
from exprgrad.faces.torch.instead import MODULE
from exprgrad.faces.torch.tensor import tensor

if TYPE_CHECKING:
    from exprgrad.faces.torch.tensor import Tensor
else:

    class _Called(type):
        """`torch.Tensor` is the class of all tensors, and by a call makes one of a list or an array."""

        def __call__(cls, *data, **options):
            return arrays.constructed(*data, **options)

        def __instancecheck__(cls, x):
            return isinstance(x, _tensor.Tensor)

        def __subclasscheck__(cls, kind):
            return issubclass(kind, _tensor.Tensor)

    class Tensor(_tensor.Tensor, metaclass=_Called):
        __doc__ = _tensor.Tensor.__doc__
        __module__ = "exprgrad.dynamic"
        __slots__ = ()


float32 = "float32"
float64 = "float64"

__all__ = [
    "Tensor",
    "enable_grad",
    "float32",
    "float64",
    "grad",
    "is_grad_enabled",
    "no_grad",
    "set_grad_enabled",
    "tensor",
]
named, names = lookups(
    "exprgrad.dynamic",
    {name: globals()[name] for name in __all__},
    "exprgrad.faces.torch.arrays",
    function,
    MODULE,
    ("autograd",),
)
