"""Files of models and formats of chats: what a GGUF says, and how a prompt is laid out."""
