"""The door to `exprgrad.faces.torch.functional`, which is PyTorch's `torch.autograd.functional`."""

from exprgrad.faces.torch.functional import __getattr__ as __getattr__
from exprgrad.faces.torch.functional import hessian, jacobian, jvp, vjp

__all__ = ["hessian", "jacobian", "jvp", "vjp"]
