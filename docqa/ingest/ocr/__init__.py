"""Reads pages that are images: rendered, recognised in a child process, and put in order."""
