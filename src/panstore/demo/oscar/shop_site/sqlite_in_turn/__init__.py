"""A database backend; Django looks for the module `base` in it."""
