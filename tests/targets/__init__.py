"""What is written down, held against exprgrad's own numbers."""
