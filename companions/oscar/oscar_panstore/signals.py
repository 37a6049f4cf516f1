"""Signals other apps of the shop may listen to.

`values_written` is sent after the commit of a stock or price call, with `kind` ("stock" or "price")
and `products` (ids whose stored values changed): for page caches and search indexes, since the bulk
updates themselves send none of Django's save signals.
"""

from django.dispatch import Signal

values_written = Signal()
