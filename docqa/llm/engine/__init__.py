"""What runs in the child of llama.cpp: prompts in, tokens out."""
