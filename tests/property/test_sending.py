"""Nothing that is sent in parts is lost or told of twice, whatever the answers and failures."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count

from hypothesis import given
from hypothesis import strategies as st

from panstore.engine.sending import send_in_parts
from panstore.model.ids import ExternalId
from panstore.model.plan import OutcomeState
from panstore.model.price_tiers import BuyerOutcome
from panstore.sdk.errors import OutcomeUnknownError, RejectedError, RemoteError, UnavailableError

answers = st.sampled_from(["done", "refused", "unknown", "poison", "silence"])
failures: st.SearchStrategy[type[RemoteError] | None] = st.sampled_from([
    None,
    None,
    None,
    UnavailableError,
    OutcomeUnknownError,
])
STATES: dict[str, OutcomeState] = {"done": "done", "refused": "refused", "unknown": "unknown"}


@given(st.lists(answers, max_size=30), st.integers(1, 8), st.lists(failures, max_size=60))
async def test_every_record_has_exactly_one_fate_and_that_which_befell_it(
    says: list[str], size: int, fails: list[type[RemoteError] | None]
) -> None:
    stored: set[int] = set()
    number, largest = count(), 0

    async def send(some: Sequence[int]) -> list[tuple[ExternalId, BuyerOutcome]]:
        nonlocal largest
        largest = max(largest, len(some))
        call = next(number)
        failure = fails[call] if call < len(fails) else None
        if failure is UnavailableError:
            raise UnavailableError("shop", "write", "503")
        if any(says[n] == "poison" for n in some):
            raise RejectedError("shop", "write", "the batch is refused")
        stored.update(n for n in some if says[n] not in {"refused", "poison"})
        if failure is OutcomeUnknownError:
            raise OutcomeUnknownError("shop", "write", "cut")
        return [
            (ExternalId(str(n)), BuyerOutcome(ExternalId(str(n)), STATES[says[n]]))
            for n in some
            if says[n] in STATES
        ]

    records = [(ExternalId(str(n)), n) for n in range(len(says))]
    fates = await send_in_parts(records, size, send, lambda: None)
    done = [n for n, _ in fates.done]
    refused = [n for n, _ in fates.refused]
    told = [*done, *refused, *fates.unknown, *fates.untried]
    assert sorted(told) == list(range(len(says)))
    assert largest <= size
    assert all(says[n] == "done" for n in done)
    assert set(done) <= stored
    assert all(says[n] in {"refused", "poison"} for n in refused)
    assert not set(refused) & stored
    if fates.trouble is None:
        assert fates.untried == []
        assert {n for n, say in enumerate(says) if say == "done"} == set(done)
    for some in (done, refused, fates.unknown, fates.untried):
        assert some == sorted(some)
