"""What suits this machine: its cards, cores and memory, and the fastest weights for them."""
