"""Many ids, few statements."""

# Well below the number of parameters either database takes in one statement.
BATCH = 1000


def batches(ids):
    """Yield `ids` in sorted lists of at most `BATCH`, each id once."""
    ordered = sorted(set(ids))
    for start in range(0, len(ordered), BATCH):
        yield ordered[start : start + BATCH]
