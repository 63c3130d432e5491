"""What programs written for PyTorch or TensorFlow 1 import: their names, conventions and messages over the core."""
