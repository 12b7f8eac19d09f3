"""Language models: a model yields tokens."""
