"""Awake: route, pack, cite."""
