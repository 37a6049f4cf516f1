"""The SMS suite passes the simulated provider and catches connectors that hide what they know."""

from __future__ import annotations

import inspect

import pytest

from panstore.model.ids import ConnectionId
from panstore.model.message import Sent, Text
from panstore.sdk.errors import OutcomeUnknownError, RejectedError, RemoteError, UnavailableError
from panstore.testing.suites import SendTextsSuite, SmsTrouble, TakenSms
from panstore.testing.world import Scene
from panstore.testing.world.faults import FaultKind
from panstore.testing.world.texts import SimSmsConnector, SimSmsProvider

SMS = ConnectionId("sms")
_FAULTS: dict[SmsTrouble, FaultKind] = {
    "later": "unavailable",
    "breaks_before": "unavailable",
    "breaks_after": "lost_after",
    "silent_after": "lost_after",
}


class SimHarness:
    """A simulated provider and a connector to it."""

    def __init__(self, kind: type[SimSmsConnector] = SimSmsConnector) -> None:
        self.scene = Scene()
        self.provider = SimSmsProvider(self.scene.history)
        self.connector = kind(SMS, self.provider, self.scene.faults)

    def disturb_sms(self, what: SmsTrouble) -> None:
        if what == "refused":
            self.provider.refusals = 1
        else:
            self.scene.faults.script(SMS, "send_text", _FAULTS[what])

    def taken(self) -> list[TakenSms]:
        return [TakenSms(one.recipient.lstrip("+"), one.text) for one in self.provider.texts]


class TestSimulated(SendTextsSuite):
    @pytest.fixture
    async def harness(self) -> SimHarness:
        one = SimHarness()
        await one.connector.start()
        return one


class Hopeful(SimSmsConnector):
    """Takes no answer for a good one."""

    async def send_text(self, text: Text) -> Sent:
        try:
            return await super().send_text(text)
        except OutcomeUnknownError:
            return Sent("maybe")


class Blind(SimSmsConnector):
    """Takes no answer for no call."""

    async def send_text(self, text: Text) -> Sent:
        try:
            return await super().send_text(text)
        except OutcomeUnknownError as error:
            raise UnavailableError(SMS, "send", error.what) from error


class Stubborn(SimSmsConnector):
    """Tries again by itself."""

    async def send_text(self, text: Text) -> Sent:
        try:
            return await super().send_text(text)
        except RemoteError:
            return await super().send_text(text)


class Scissors(SimSmsConnector):
    """Sends what fits."""

    async def send_text(self, text: Text) -> Sent:
        return await super().send_text(Text(text.key, text.recipient, text.text[:70], "ucs2", 1))


class Gossip(SimSmsConnector):
    """Says whose number it was."""

    async def send_text(self, text: Text) -> Sent:
        try:
            return await super().send_text(text)
        except RejectedError as error:
            raise RejectedError(SMS, "send", f"no phone {text.recipient}", code="x") from error


class Nameless(SimSmsConnector):
    """Forgets what the provider calls it."""

    async def send_text(self, text: Text) -> Sent:
        await super().send_text(text)
        return Sent()


@pytest.mark.parametrize(
    ("wrong", "caught"),
    [
        (SimSmsConnector, set()),
        (Hopeful, {"test_a_lost_answer_leaves_the_outcome_unknown"}),
        (Blind, {"test_a_lost_answer_leaves_the_outcome_unknown"}),
        (
            Stubborn,
            {
                "test_a_lost_answer_leaves_the_outcome_unknown",
                "test_a_provider_that_takes_it_later_has_nothing",
                "test_nobody_there_has_nothing",
                "test_a_refused_text_is_refused_for_good",
            },
        ),
        (Scissors, {"test_a_text_arrives_whole"}),
        (Gossip, {"test_a_refused_text_is_refused_for_good"}),
        (Nameless, {"test_references_are_of_one_text_each"}),
    ],
)
async def test_wrong_connectors_are_caught(wrong: type[SimSmsConnector], caught: set[str]) -> None:
    assert await _failing(wrong) == caught


async def _failing(kind: type[SimSmsConnector]) -> set[str]:
    names = set()
    more: dict[str, dict[str, str]] = {
        "test_a_text_arrives_whole": {"words": "Zelo dolgo sporočilo brez konca. " * 9},
        "test_a_lost_answer_leaves_the_outcome_unknown": {"what": "breaks_after"},
    }
    for name, test in inspect.getmembers(SendTextsSuite, inspect.iscoroutinefunction):
        if not name.startswith("test"):
            continue
        harness = SimHarness(kind)
        await harness.connector.start()
        try:
            await test(SendTextsSuite(), harness, **more.get(name, {}))
        except (pytest.fail.Exception, Exception):  # noqa: BLE001 - any failure counts
            names.add(name)
    return names
