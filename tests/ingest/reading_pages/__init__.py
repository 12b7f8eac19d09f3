"""Twenty pages with columns, tables and notes, and the order in which a person reads them."""
