"""What PanStore remembers: tables, migrations and queries on SQLite or PostgreSQL.

Queries are plain functions of a connection, grouped by noun; `Store` runs them in transactions.
"""
