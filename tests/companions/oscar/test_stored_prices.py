"""A shop that keeps its buyers' prices shows and charges each his own, and asks nobody."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.companions.oscar.client import ShopClient, Visitor
from tests.companions.oscar.conftest import RunningShop
from tests.companions.oscar.contract_world import ADDRESS, World, inside, put_in
from tests.companions.oscar.stored_prices import LIST, buy_under, keep, tier

pytestmark = pytest.mark.real

CHANGED = "Your price of"
PAST = "2020-01-01T00:00:00Z"


@pytest.fixture
def shop(storing: World) -> RunningShop:
    """Where products are made."""
    return storing.running


@pytest.fixture
def kept(storing: World) -> Iterator[World]:
    """Alice buys under an agreement, Bob at the shop's prices; nobody was ever asked."""
    buy_under(storing, storing.alice, LIST)
    buy_under(storing, storing.bob, None)
    yield storing
    assert storing.service.questions == []
    assert storing.service.forged == 0


def basket_total(world: World, product: int, quantity: int) -> str:
    """Net total for Alice of a basket with nothing else in it."""
    client, headers = ShopClient(world.running.url), world.alice.basic
    basket = client.call("GET", "/api/basket/", headers=headers).body
    for line in client.call("GET", basket["lines"], headers=headers).body:
        client.call("DELETE", line["url"], headers=headers)
    wanted = {"url": f"{world.running.url}/api/products/{product}/", "quantity": quantity}
    added = client.call("POST", "/api/basket/add-product/", wanted, headers=headers)
    assert added.status == 200, added
    total: str = added.body["total_excl_tax"]
    return total


def test_each_sees_his_own_on_the_page_and_by_the_api(
    kept: World, product: Callable[..., int]
) -> None:
    one = product()
    keep(kept, one, tier("7.00"))
    keep(kept, one, tier("6.00"), agreement="list-8")
    page = kept.person(kept.alice).page(f"/catalogue/x_{one}/")
    assert "€8.54" in page  # 7.00 and 22 %
    assert "€12.20" not in page
    assert "Your prices by <strong>Wholesale</strong>" in page
    assert kept.api_price(one, kept.alice) == "7.00"
    for other in (kept.bob, None):
        shown = kept.person(other).page(f"/catalogue/x_{one}/")
        assert "€12.20" in shown
        assert "€8.54" not in shown
        assert "Wholesale" not in shown
        assert kept.api_price(one, other) == "10.00"
    buy_under(kept, kept.bob, "list-8", "Hotels")
    assert kept.api_price(one, kept.bob) == "6.00"
    assert kept.api_price(one, kept.alice) == "7.00"


def test_a_page_costs_one_query_for_the_buyer_and_one_for_all_products(
    kept: World, product: Callable[..., int]
) -> None:
    one = product()
    body = """
for name, path in (("list", "/catalogue/"), ("page", "/catalogue/x_{one}/")):
    client.get(path, follow=True)
    with CaptureQueriesContext(connection) as made:
        client.get(path, follow=True)
    said = [query["sql"] for query in made]
    found[name] = [
        sum(f'FROM "oscar_panstore_{table}"' in sql for sql in said)
        for table in ("tiersbuyer", "contracttiers", "contractbuyer", "contractoffer")
    ]
"""
    found = inside(kept, one, body.replace("{one}", str(one)))
    assert found == {"list": [1, 1, 0, 0], "page": [1, 1, 0, 0]}


def test_the_quantity_chooses_the_tier(kept: World, product: Callable[..., int]) -> None:
    one = product(free=500)
    keep(
        kept,
        one,
        tier("7.00", "3"),
        tier(None, "10", "usual"),
        tier("4.00", "20"),
    )
    totals = {quantity: basket_total(kept, one, quantity) for quantity in (2, 3, 9, 10, 20)}
    assert totals == {2: "20.00", 3: "21.00", 9: "63.00", 10: "100.00", 20: "80.00"}


def test_what_is_withheld_or_over_is_not_for_sale_to_him_alone(
    kept: World, product: Callable[..., int]
) -> None:
    withheld, over, later = product(), product(), product()
    keep(kept, withheld, tier(None, state="withheld"))
    keep(kept, over, tier("7.00", until=PAST))
    keep(kept, later, tier("7.00", until="2100-01-01T00:00:00+01:00"))
    assert "Price on request" in kept.person(kept.alice).page(f"/catalogue/x_{withheld}/")
    assert [kept.api_price(one, kept.alice) for one in (withheld, over, later)] == [
        None,
        None,
        "7.00",
    ]
    assert [kept.api_price(one, kept.bob) for one in (withheld, over, later)] == ["10.00"] * 3
    body = f"""
for mode in ("last_known", "usual", "withhold"):
    with override_settings(PANSTORE_PRICE_DOWN=mode):
        found[mode] = [net({withheld}), net({over}), net({later})]
with override_settings(OSCAR_DEFAULT_CURRENCY="USD"):
    found["other currency"] = net({later})
with override_settings(PANSTORE_CONTRACT_SOURCE="ask", PANSTORE_PRICE_URL=""):
    found["nobody is asked"] = net({later})
"""
    assert inside(kept, later, body) == {
        "last_known": [None, None, "7.00"],
        "usual": [None, "10.00", "7.00"],
        "withhold": [None, None, "7.00"],
        "other currency": None,
        "nobody is asked": "10.00",
    }


def test_without_tables_nothing_is_sold_at_a_guessed_price(
    kept: World, product: Callable[..., int]
) -> None:
    one = product()
    body = f"""
found["up"] = net({one})
with connection.cursor() as cursor:
    cursor.execute("ALTER TABLE oscar_panstore_tiersbuyer RENAME TO away")
    found["broken"] = net({one})
    cursor.execute("ALTER TABLE away RENAME TO oscar_panstore_tiersbuyer")
"""
    assert inside(kept, one, body) == {"up": "10.00", "broken": None}


def test_a_buyers_page_is_kept_by_no_cache(kept: World, product: Callable[..., int]) -> None:
    one = product()
    client = ShopClient(kept.running.url)
    path = f"/api/products/{one}/price/"
    own = client.call("GET", path, headers=kept.alice.basic).headers
    assert {part.strip() for part in own["Cache-Control"].split(",")} == {"private", "no-store"}
    for headers in (own, client.call("GET", path).headers):
        varies = {part.strip().lower() for part in headers["Vary"].split(",")}
        assert {"cookie", "authorization", "session-id"} <= varies


def test_an_order_has_the_kept_price(kept: World, product: Callable[..., int]) -> None:
    one = product()
    keep(kept, one, tier("7.00"), tier("6.00", "3"))
    assert basket_total(kept, one, 3) == "18.00"
    buyer, headers, api = Visitor(kept.running.url), kept.alice.basic, kept.running.api
    basket = buyer.call("GET", "/api/basket/", headers=headers).body["url"]
    before = api.watermark()
    assert buyer.check_out(headers=headers, basket=basket).status == 200
    (order,) = api.orders_after(before)
    (line,) = order["lines"]
    assert (line["line_price_excl"], line["line_price_incl"]) == ("18.00", "21.96")


@pytest.mark.parametrize("what", ["another price", "no price", "another buyer"])
def test_what_changes_before_the_order_is_told_and_not_slipped_in(
    kept: World, product: Callable[..., int], what: str
) -> None:
    one, other = product(), product()
    keep(kept, one, tier("7.00"))
    alice = kept.person(kept.alice)
    basket_total(kept, other, 1)
    put_in(alice, one)
    alice.send("/checkout/shipping-address/", ADDRESS)
    alice.send("/checkout/shipping-method/", {"method_code": "posta"})
    preview = alice.send(
        "/checkout/preview/", {"payment_method": "invoice"}, form="/checkout/payment-details/"
    )
    assert "€8.54" in preview
    before = kept.running.api.watermark()
    place = {"action": "place_order"}
    # A form elsewhere in the shop, so that the changed price has not been shown anywhere.
    form = f"/catalogue/x_{other}/"
    if what == "another price":
        keep(kept, one, tier("9.00"))
    elif what == "no price":
        keep(kept, one, tier(None, state="withheld"))
    else:
        buy_under(kept, kept.alice, None)
    shown = alice.send("/checkout/preview/", place, form=form)
    assert kept.running.api.orders_after(before) == []
    if what == "no price":
        assert "no longer available" in shown
        return
    assert CHANGED in shown
    assert CHANGED not in alice.send("/checkout/preview/", place, form=form)
    (order,) = kept.running.api.orders_after(before)
    charged = {line["product"]: line["line_price_excl"] for line in order["lines"]}
    assert charged[one] == {"another price": "9.00", "another buyer": "10.00"}[what]
