"""PDF to pages to passages."""
