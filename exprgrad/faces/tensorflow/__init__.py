"""TensorFlow 1's names over the graph: its node, how that is built, differentiated and run, and its functions."""
