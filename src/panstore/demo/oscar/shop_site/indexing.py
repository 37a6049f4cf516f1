"""Keeps the search index in step with product saves, in a thread, some moments later."""

import logging
import os
import queue
import threading
import time
from typing import Any

from django.conf import settings
from django.db import close_old_connections, transaction
from django.db.models.signals import post_delete, post_save
from haystack import connections as search_connections
from haystack.signals import BaseSignalProcessor
from oscar.core.loading import get_model

logger = logging.getLogger(__name__)
# Saves come in bursts; one run for the burst costs a tenth of one run for each.
_GATHER_S = 0.5


class LaterSignalProcessor(BaseSignalProcessor):  # type: ignore[misc]
    """Collects saved and deleted products; one daemon thread per process indexes them."""

    def setup(self) -> None:
        """Listen to products only: nothing else is searched for."""
        self._process = 0
        self._changed: queue.Queue[int] = queue.Queue()
        product = get_model("catalogue", "Product")
        post_save.connect(self._note, sender=product)
        post_delete.connect(self._note, sender=product)

    def teardown(self) -> None:
        """Stop listening."""
        product = get_model("catalogue", "Product")
        post_save.disconnect(self._note, sender=product)
        post_delete.disconnect(self._note, sender=product)

    def _note(self, instance: Any, **kwargs: Any) -> None:  # noqa: ARG002 - a signal receiver
        if not settings.SHOP_SEARCH_INDEXING:
            return
        # A variant is found by its parent's page.
        product_id = instance.parent_id or instance.pk
        transaction.on_commit(lambda: self._hand_over(product_id))

    def _hand_over(self, product_id: int) -> None:
        if self._process != os.getpid():
            self._changed = queue.Queue()
            self._process = os.getpid()
            thread = threading.Thread(target=self._run, name="search-index", daemon=True)
            thread.start()
        self._changed.put(product_id)

    def _run(self) -> None:
        while True:
            wanted = {self._changed.get()}
            time.sleep(_GATHER_S)
            while not self._changed.empty():
                wanted.add(self._changed.get_nowait())
            try:
                _index(wanted)
            except Exception:
                logger.warning("Search index: %s left out", sorted(wanted), exc_info=True)
            finally:
                close_old_connections()


def _index(wanted: set[int]) -> None:
    backend = search_connections["default"].get_backend()
    index = (
        search_connections["default"]
        .get_unified_index()
        .get_index(get_model("catalogue", "Product"))
    )
    present = list(index.index_queryset().filter(pk__in=wanted))
    if present:
        backend.update(index, present)
    for gone in wanted - {product.pk for product in present}:
        backend.remove(f"catalogue.product.{gone}")
