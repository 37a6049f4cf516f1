"""The part of PanStore that lives inside a django-oscar shop."""

__version__ = "0.1.0"
