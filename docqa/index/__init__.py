"""Passages and notes to vectors and keywords to ranked evidence."""
