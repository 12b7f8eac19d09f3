"""How much llama.cpp computes at once: what it is told, and what room on a card is counted with."""

BATCH = 512
"""Tokens of a batch, at most."""
MICRO_BATCH = 256
"""Of these, so many are computed in one go, at most."""
MOST_OUTPUTS = 64
"""Tokens of one batch whose logits are wanted: each takes four bytes times the vocabulary."""
