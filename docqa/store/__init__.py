"""Everything docqa knows, in one SQLite file: the schema, and one module per noun.

Only this package speaks SQL. Writes are short transactions that happen whole or not at all, also
under ``kill -9`` and on a full disk; what people can cause comes out as a :class:`DocqaError`.
"""
