"""The way through: detect, mark, read, plan, guard, write, record; and what keeps it alive."""
