"""Products in both directions: rows, reading, planning, guarding, writing and recording them."""
