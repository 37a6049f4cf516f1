"""References as the database holds them: `model,id`."""


def place_in(reference):
    """(model, id) of a reference, or None."""
    model, _, id_ = (reference or "").partition(",")
    return (model, int(id_)) if id_ else None


def number_in(reference):
    """Id of a reference."""
    return int(reference.partition(",")[2])
