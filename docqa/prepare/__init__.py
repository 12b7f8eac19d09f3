"""Asleep: notes written in advance, each checked against its page."""
