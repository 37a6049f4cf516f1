"""Categories of products by their paths; accounting categories are the accountant's."""

from trytond.pool import Pool


def write_categories(template, wanted):
    """Put a product into exactly these categories; those that are missing are made.

    Args:
        template: the product.
        wanted: paths of names from the root down.
    """
    Template = Pool().get("product.template")
    present = {category: _path(category) for category in template.categories}
    left = [category.id for category, path in present.items() if path not in wanted]
    joined = [_category(path).id for path in wanted if path not in present.values()]
    actions = [("remove", left)] if left else []
    if joined:
        actions.append(("add", sorted(set(joined))))
    if actions:
        Template.write([template], {"categories": actions})


def _category(path):
    """The category at a path, made with all above it where it is missing."""
    Category = Pool().get("product.category")
    parent = None
    for place, name in enumerate(path):
        found = _childs(parent, name)
        if not found:
            # Another transaction may be making the same one.
            Category.lock()
            found = _childs(parent, name)
        if not found:
            for missing in path[place:]:
                (parent,) = Category.create([
                    {"name": missing, "parent": parent.id if parent else None}
                ])
            return parent
        parent = found[0]
    return parent


def _childs(parent, name):
    Category = Pool().get("product.category")
    domain = [
        ("name", "=", name),
        ("parent", "=", parent.id if parent else None),
        ("accounting", "=", False),
    ]
    return Category.search(domain, order=[("id", "ASC")], limit=1)


def _path(category):
    above = _path(category.parent) if category.parent else ()
    return (*above, category.name.strip())
