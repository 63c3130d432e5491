"""PyTorch's names over the trace: its tensor, how that is changed in place and differentiated, and its functions."""
