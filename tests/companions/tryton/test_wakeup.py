"""The wake-up: signed, after the commit, and nobody waits for it."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest
from standardwebhooks import Webhook

from panstore.demo.erp import ErpBuild
from tests.companions.tryton.client import Erp, RefusedError, order
from tests.companions.tryton.conftest import WAKE_SECRET, serving
from tests.companions.tryton.receiver import Receiver

pytestmark = pytest.mark.real


def settle(erp: Erp, receiver: Receiver) -> int:
    """Number of messages once a change of our own has been announced."""
    before = len(receiver.messages)
    erp.create("party.party", name="Wake Up")
    assert receiver.wait_for(before + 1)
    return len(receiver.messages)


def test_commit_is_announced_signed(erp: Erp, receiver: Receiver) -> None:
    count = settle(erp, receiver)
    headers, body = receiver.messages[count - 1]
    Webhook(WAKE_SECRET).verify(body, headers)
    assert json.loads(body) == {"type": "outbox", "database": "demo"}


def test_rollback_is_not_announced(erp: Erp, receiver: Receiver, key: str) -> None:
    before = settle(erp, receiver)
    with pytest.raises(RefusedError):
        erp.gateway(
            "import_order", order(erp, key, erp.fresh_product(), expected_total=Decimal("0.01"))
        )
    # One worker, one sender: were the rollback announced, it would come before this one.
    assert settle(erp, receiver) == before + 1


def test_silent_receiver_does_not_hold_the_commit(erp_build: ErpBuild, tmp_path: Path) -> None:
    erp_build.install(tmp_path)
    with Receiver() as silent:
        silent.answering.clear()
        with serving(erp_build, tmp_path, wake_url=silent.url) as erp:
            first = erp.create("party.party", name="First")
            assert silent.wait_for(1)
            # The receiver still owes its first answer; the ERP works on and announces again.
            second = erp.create("party.party", name="Second")
            assert second > first
            assert silent.wait_for(2)
            assert not silent.answering.is_set()


def test_absent_receiver_is_no_error(erp_build: ErpBuild, tmp_path: Path) -> None:
    with Receiver() as gone:
        url = gone.url
    erp_build.install(tmp_path)
    with serving(erp_build, tmp_path, wake_url=url) as erp:
        erp.call("panstore.outbox.register", "reader")
        party = erp.create("party.party", name="Nobody Listens")
        rows = erp.call("panstore.outbox.pull", "reader", 10)
    assert [row["record_id"] for row in rows] == [party]
