"""How good it is: question files, shares, and how sure they are."""
