"""PyTorch's names over the trace: its tensor, how that is changed in place and differentiated, and its functions."""

from exprgrad.faces.torch import methods as methods  # without them a tensor would not be complete
