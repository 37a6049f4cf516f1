"""Django's SQLite backend, where the threads of one process take turns to write.

SQLite lets one transaction write at a time; the others ask again after longer and longer sleeps, so
an unlucky one waits a second or more while the lock is free again and again. A lock of this process
in front of it wakes the next one at once. (Other processes still wait SQLite's way.)
"""

import threading
from typing import Any

from django.db.backends.sqlite3 import base

_TURN = threading.Lock()
# As long as SQLite itself would wait (`timeout` in the settings).
_PATIENCE_S = 20.0


class DatabaseWrapper(base.DatabaseWrapper):  # type: ignore[misc]
    """Takes the turn when a transaction begins and gives it up when it ends."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._my_turn = False

    def _start_transaction_under_autocommit(self) -> None:
        # Without the turn after so long, SQLite's own waiting has the last word.
        self._my_turn = _TURN.acquire(timeout=_PATIENCE_S)
        try:
            super()._start_transaction_under_autocommit()
        except BaseException:
            self._give_up_turn()
            raise

    def _commit(self) -> None:
        try:
            super()._commit()
        finally:
            if self.connection is None or not self.connection.in_transaction:
                self._give_up_turn()

    def _rollback(self) -> None:
        try:
            super()._rollback()
        finally:
            self._give_up_turn()

    def _close(self) -> None:
        try:
            super()._close()
        finally:
            self._give_up_turn()

    def _give_up_turn(self) -> None:
        if self._my_turn:
            self._my_turn = False
            _TURN.release()
