"""The command line: one file per command; `app.main` runs it for a host."""
