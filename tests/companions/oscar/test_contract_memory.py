"""What is kept of PanStore's answers: of one moment for each product, and never an older one."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest

from tests.companions.oscar.conftest import RunningShop
from tests.companions.oscar.contract_world import World, inside
from tests.companions.oscar.price_service import agreed

pytestmark = pytest.mark.real

_HELP = """
from decimal import Decimal
from oscar_panstore import contract_memory
from oscar_panstore.quotes import Offer, Quote, Wish

user = {account}
ContractBuyer.objects.filter(user_id=user).delete()
start = timezone.now() - dt.timedelta(minutes=10)


def told(seconds, mark, *prices, contract=True):
    offers = {{
        Wish(product, many): Offer("agreed", Decimal(amount)) for product, many, amount in prices
    }}
    quote = Quote(contract, "Wholesale", offers=offers if contract else {{}}, mark=mark)
    contract_memory.remember(user, quote, start + dt.timedelta(seconds=seconds))


def kept(*wishes):
    quote = contract_memory.recall(user, [Wish(*wish) for wish in wishes])
    amounts = [offer.amount for offer in quote.offers.values()]
    return [None if amount is None else str(amount) for amount in amounts]
"""


@pytest.fixture
def shop(asking: World) -> RunningShop:
    """Where products are made."""
    return asking.running


@pytest.fixture
def remembering(world: World) -> Iterator[Callable[[str], dict[str, object]]]:
    """Runs a script in the shop that says what PanStore told when."""

    def run(body: str) -> dict[str, object]:
        help_ = _HELP.format(account=world.alice.account)
        return inside(world, 1, help_ + body)

    yield run
    world.reset()


def test_kept_prices_of_a_product_are_of_one_moment(
    remembering: Callable[[str], dict[str, object]],
) -> None:
    found = remembering("""
told(0, "a.list", (1, 2, "7.00"), (2, 2, "5.00"))
# One piece is asked for the first time; whether two still cost 7.00 nobody knows.
told(60, "a.list", (1, 1, "8.00"))
found["first asked later"] = kept((1, 1), (1, 2), (2, 2))
told(120, "a.list", (1, 1, "8.00"), (1, 3, "7.50"))
told(180, "a.list", (1, 3, "7.50"))
found["nothing new"] = kept((1, 1), (1, 3))
told(240, "a.list", (1, 3, "7.25"))
found["changed"] = kept((1, 1), (1, 3))
""")
    assert found == {
        "first asked later": ["8.00", None, "5.00"],
        "nothing new": ["8.00", "7.50"],
        "changed": [None, "7.25"],
    }


def test_what_panstore_itself_only_remembers_keeps_nothing(
    remembering: Callable[[str], dict[str, object]],
) -> None:
    found = remembering("""
told(0, "a.list", (1, 1, "7.00"), (1, 2, "6.00"))
offers = {
    Wish(1, 1): Offer("agreed", Decimal("8.00")),
    Wish(1, 2): Offer("agreed", Decimal("6.00"), certain=False),
}
quote = Quote(True, "Wholesale", certain=False, offers=offers, mark="a.list")
contract_memory.remember(user, quote, start + dt.timedelta(seconds=60))
found["kept"] = kept((1, 1), (1, 2))
""")
    assert found == {"kept": ["8.00", None]}


def test_answers_that_come_late_change_nothing(
    remembering: Callable[[str], dict[str, object]],
) -> None:
    found = remembering("""
told(0, "a.list", (1, 1, "7.00"))
told(20, "b.list", (1, 1, "6.00"))
told(10, "a.list", (1, 1, "7.00"), (2, 1, "3.00"))
found["another party"] = kept((1, 1), (2, 1))
told(40, "b.list", (1, 2, "5.00"))
told(30, "b.list", (1, 1, "6.00"), (2, 1, "3.00"))
found["another price"] = kept((1, 1), (1, 2), (2, 1))
told(60, "", contract=False)
told(50, "b.list", (1, 1, "6.00"))
found["unlinked"] = contract_memory.recall(user, [Wish(1, 1)]).contract
told(70, "b.list", (1, 1, "6.00"))
found["linked again"] = kept((1, 1))
# The clock was wrong and has been set right: what was noted then lies ahead.
told(3600, "c.list", (1, 1, "4.00"))
told(80, "b.list", (1, 1, "6.00"))
found["clock"] = kept((1, 1))
told(90, "", contract=False)
with CaptureQueriesContext(connection) as made:
    told(100, "", contract=False)
found["writes"] = [one["sql"] for one in made if not one["sql"].startswith("SELECT")]
""")
    assert found == {
        "another party": ["6.00", None],
        "another price": [None, "5.00", "3.00"],
        "unlinked": False,
        "linked again": ["6.00"],
        "clock": ["6.00"],
        "writes": [],
    }


def test_answers_that_come_together_are_kept_one_after_the_other(
    remembering: Callable[[str], dict[str, object]],
) -> None:
    found = remembering("""
from concurrent.futures import ThreadPoolExecutor
from django.db import connections


def tell(seconds):
    try:
        told(seconds, f"{seconds}.list", (1, 1, f"{seconds}.00"))
    finally:
        connections.close_all()


with ThreadPoolExecutor(6) as pool:
    list(pool.map(tell, [4, 9, 2, 8, 7, 3] * 3))
found["kept"] = kept((1, 1))
found["buyers"] = [one.mark for one in ContractBuyer.objects.filter(user_id=user)]
""")
    assert found == {"kept": ["9.00"], "buyers": ["9.list"]}


def test_within_a_request_another_mark_makes_forgotten_what_was_said_before(
    world: World, product: Callable[..., int]
) -> None:
    one, other = product(), product()
    service = world.service

    def answer(mark: str, product_: int, amount: str) -> tuple[int, bytes]:
        line = {"product": str(product_), "sku": "", "quantity": "1", "offer": agreed(amount)}
        said = {"contract": True, "lines": [line], "title": "Wholesale", "mark": mark}
        return 200, json.dumps(said).encode()

    service.next_answers += [
        answer("first.list", one, "7.00"),
        answer("second.list", other, "3.00"),
        answer("second.list", one, "8.00"),
    ]
    body = f"""
from oscar_panstore.contract_prices import Prices
from oscar_panstore.quotes import Wish
user = get_user_model().objects.get(pk={world.alice.account})
prices = Prices()
wishes = [Wish({one}, 1), Wish({other}, 1), Wish({one}, 1), Wish({other}, 1)]
found["prices"] = [str(prices.offer(user, wish).amount) for wish in wishes]
"""
    assert inside(world, one, body)["prices"] == ["7.00", "3.00", "8.00", "3.00"]
    assert service.next_answers == []


def test_parts_of_a_question_that_are_answered_under_two_marks_are_no_answer(
    world: World, product: Callable[..., int]
) -> None:
    one = product()
    for mark, first, many in (("first.list", 1, 500), ("second.list", 501, 1)):
        lines = [
            {"product": str(one), "sku": "", "quantity": str(pieces), "offer": agreed("7.00")}
            for pieces in range(first, first + many)
        ]
        said = {"contract": True, "lines": lines, "title": "Wholesale", "mark": mark}
        world.service.next_answers.append((200, json.dumps(said).encode()))
    body = f"""
from oscar_panstore.quotes import Wish
try:
    quotes.ask("{world.alice.account}", [Wish({one}, many) for many in range(1, 502)])
except quotes.UnansweredError as error:
    found["said"] = str(error)
"""
    assert "changed" in inside(world, one, body)["said"]
    assert world.service.next_answers == []


def test_more_pieces_than_panstore_answers_for_leave_the_page_its_prices(
    world: World, product: Callable[..., int]
) -> None:
    one, other = product(), product()
    for each in (one, other):
        world.service.prices[world.alice.account, each] = {1: agreed("7.00")}
    body = f"""
from oscar_panstore.contract_prices import Prices
from oscar_panstore.quotes import Wish
user = get_user_model().objects.get(pk={world.alice.account})
many = 10**9
for name, wishes in (
    ("with others", [Wish({one}, many + 1), Wish({one}, 1), Wish({other}, many)]),
    ("alone", [Wish({one}, many + 1)]),
):
    prices = Prices()
    prices.want(wishes)
    prices.fetch(user)
    found[name] = [
        (offer.state, offer.certain) for offer in (prices.offer(user, wish) for wish in wishes)
    ]
"""
    before = len(world.service.questions)
    found = inside(world, one, body)
    sure = [["withheld", True], ["agreed", True], ["agreed", True]]
    assert found == {"with others": sure, "alone": sure[:1]}
    asked = world.service.questions[before:]
    assert len(asked) == 2
    assert {int(line["quantity"]) for question in asked for line in question["lines"]} == {1, 10**9}
