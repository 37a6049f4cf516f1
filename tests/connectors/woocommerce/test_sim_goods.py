"""What the shop does to goods, seen on the running one and not among the recordings."""

from __future__ import annotations

import base64
import datetime as dt
import json
from typing import Any

import pytest

from tests.connectors.woocommerce.simulator import stock
from tests.connectors.woocommerce.simulator.answers import refused
from tests.connectors.woocommerce.simulator.router import WooAnswer, WooRequest
from tests.connectors.woocommerce.simulator.sales import end_sales
from tests.connectors.woocommerce.simulator.shop import SimWoo
from tests.connectors.woocommerce.simulator.text import decimal_text, paragraphs, slug, whole

START = dt.datetime(2026, 11, 24, 12, 0, tzinfo=dt.UTC)


class Desk:
    """A shop, its clock, and its own people's way in."""

    def __init__(self) -> None:
        self.now = START
        self.shop = SimWoo(clock=lambda: self.now)
        self.shop.add_key("ck", "cs")
        self.happened: list[tuple[str, int]] = []
        self.shop.listen(lambda topic, number: self.happened.append((topic, number)))

    def ask(self, method: str, path: str, body: Any = None, **query: str) -> WooAnswer:
        basic = base64.b64encode(b"ck:cs").decode()
        headers = {"authorization": f"Basic {basic}", "content-type": "application/json"}
        content = b"" if body is None else json.dumps(body).encode()
        return self.shop.handle(
            WooRequest(method, f"/wp-json/wc/v3{path}", query, content, headers)
        )

    def make(self, **fields: Any) -> dict[str, Any]:
        answer = self.ask("POST", "/products", {"name": "Article", **fields})
        assert answer.status == 201, answer
        made: dict[str, Any] = answer.body
        return made

    def shirt(self) -> tuple[int, list[int]]:
        attribute = {"name": "Size", "variation": True, "options": ["S", "M"]}
        parent = self.make(type="variable", attributes=[attribute])["id"]
        numbers = []
        for option in ("S", "M"):
            chosen = [{"name": "Size", "option": option}]
            fields = {"attributes": chosen, "regular_price": "9.00"}
            answer = self.ask("POST", f"/products/{parent}/variations", fields)
            numbers.append(answer.body["id"])
        return parent, numbers


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        (" A-1 ", "A-1"),
        ("0012", "0012"),
        ("\u0160-7, b", "\u0160-7, b"),
        ("a&b<1>", "a&b"),
        ("a\tb", "a b"),
        ("x" * 101, "x" * 101),
    ],
)
def test_skus_are_kept_on_one_line(desk: Desk, sent: str, kept: str) -> None:
    assert desk.make(sku=sent)["sku"] == kept


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("abc", ""),
        ("10,50", "1050"),
        ("-5", "-5"),
        ("1.2.3", "12.3"),
        ("10.", "10"),
        (12.5, "12.5"),
        ("", ""),
    ],
)
def test_prices_lose_what_is_no_digit(sent: object, kept: str) -> None:
    assert decimal_text(sent) == kept


@pytest.mark.parametrize(
    ("sent", "kept"), [("abc", 0), (3.7, 3), ("12", 12), ("-3x", -3), (True, 1)]
)
def test_quantities_are_what_php_makes_of_them(sent: object, kept: int) -> None:
    assert whole(sent) == kept


def test_texts_are_shown_in_paragraphs() -> None:
    assert paragraphs("one\ntwo\n\nthree") == "<p>one<br />\ntwo</p>\n<p>three</p>\n"
    assert paragraphs("<p>once</p>") == "<p>once</p>\n"
    assert paragraphs(" ") == ""


def test_slugs_have_no_accents() -> None:
    assert slug("Gr\u00fc\u00dfe &amp; <b>mehr</b> 1/2") == "grusse-mehr-1-2"


def test_a_price_alone_leaves_the_stock_alone(desk: Desk) -> None:
    number = desk.make(regular_price="5.00", manage_stock=True, stock_quantity=4)["id"]
    stock.moved(desk.shop, number, -3)
    answer = desk.ask("PUT", f"/products/{number}", {"regular_price": "6.00"})
    assert (answer.body["stock_quantity"], answer.body["price"]) == (1, "6.00")


def test_an_order_may_take_more_than_there_is(desk: Desk) -> None:
    number = desk.make(manage_stock=True, stock_quantity=1)["id"]
    assert stock.moved(desk.shop, number, -3) == -2
    assert desk.ask("GET", f"/products/{number}").body["stock_status"] == "outofstock"


def test_backorders_keep_goods_on_offer(desk: Desk) -> None:
    made = desk.make(manage_stock=True, stock_quantity=-1, backorders="notify")
    found = (made["stock_status"], made["backorders_allowed"], made["backordered"])
    assert found == ("onbackorder", True, True)


def test_a_variation_moves_its_parent_along(desk: Desk) -> None:
    parent, (small, _) = desk.shirt()
    desk.now += dt.timedelta(seconds=5)
    desk.ask("PUT", f"/products/{parent}/variations/{small}", {"regular_price": "8.00"})
    shown = desk.ask("GET", f"/products/{parent}").body
    assert shown["date_modified_gmt"] == "2026-11-24T12:00:05"
    assert (shown["price"], shown["regular_price"]) == ("8.00", "")


def test_a_variation_may_sell_from_its_parents_stock(desk: Desk) -> None:
    parent, (small, _) = desk.shirt()
    desk.ask("PUT", f"/products/{parent}", {"manage_stock": True, "stock_quantity": 6})
    shown = desk.ask("GET", f"/products/{parent}/variations/{small}").body
    assert (shown["manage_stock"], shown["stock_quantity"]) == ("parent", 6)
    assert stock.moved(desk.shop, small, -2) == 4
    assert desk.ask("GET", f"/products/{parent}").body["stock_quantity"] == 4


def test_a_variation_takes_the_tax_class_of_its_parent(desk: Desk) -> None:
    parent, (small, _) = desk.shirt()
    desk.ask("PUT", f"/products/{parent}", {"tax_class": "reduced-rate"})
    assert desk.ask("GET", f"/products/{small}").body["tax_class"] == "reduced-rate"


def test_a_sale_runs_between_its_dates_in_the_shops_zone(desk: Desk) -> None:
    sale = {"regular_price": "10.00", "sale_price": "8.00"}
    made = desk.make(**sale, date_on_sale_from="2026-11-24T14:00:00")
    assert (made["on_sale"], made["price"]) == (False, "10.00")
    assert made["date_on_sale_from_gmt"] == "2026-11-24T13:00:00"
    desk.now += dt.timedelta(hours=2)
    assert desk.ask("GET", f"/products/{made['id']}").body["price"] == "8.00"


def test_own_writes_are_told_of_too_even_such_that_change_nothing(desk: Desk) -> None:
    number = desk.make(regular_price="5.00")["id"]
    desk.ask("PUT", f"/products/{number}", {"regular_price": "5.00"})
    assert desk.happened == [("product.created", number), ("product.updated", number)]


def test_the_trash_is_told_of_and_destruction_is_not(desk: Desk) -> None:
    first, second = desk.make()["id"], desk.make()["id"]
    desk.happened.clear()
    desk.ask("DELETE", f"/products/{first}")
    desk.ask("POST", "/products/batch", {"delete": [second]})
    desk.ask("DELETE", f"/products/{first}", force="true")
    assert desk.happened == [("product.deleted", first)]
    assert desk.ask("GET", "/products", include_status="trash,publish").body == []


def test_an_item_that_fails_leaves_nothing_and_the_others_stay(desk: Desk) -> None:
    number = desk.make(sku="A-1")["id"]
    items = [{"name": "One", "sku": "A-2"}, {"name": "Two", "sku": "a-1", "regular_price": "1"}]
    body = desk.ask("POST", "/products/batch", {"create": items}).body
    assert [each["id"] for each in body["create"]] == [number + 1, 0]
    assert desk.ask("GET", "/products").headers["x-wp-total"] == "2"


def test_between_the_items_of_a_batch_others_are_served(desk: Desk) -> None:
    numbers = [desk.make(manage_stock=True, stock_quantity=9)["id"] for _ in range(2)]

    def order(_path: str, coming: int) -> None:
        if coming == numbers[1]:
            stock.moved(desk.shop, numbers[0], -2)

    desk.shop.between_items = order
    items = [{"id": each, "stock_quantity": 5} for each in numbers]
    body = desk.ask("POST", "/products/batch", {"update": items}).body
    assert [each["stock_quantity"] for each in body["update"]] == [5, 5]
    assert desk.ask("GET", f"/products/{numbers[0]}").body["stock_quantity"] == 3


def test_pictures_are_fetched_kept_and_served(desk: Desk) -> None:
    desk.shop.fetch = lambda address: b"picture" if address.endswith("a.png") else "Not Found"
    made = desk.make(images=[{"src": "https://erp.example/a.png", "alt": "Front"}])
    (first,) = made["images"]
    assert (first["name"], first["alt"]) == ("a.png", "Front")
    path = first["src"].removeprefix(desk.shop.home)
    served = desk.shop.handle(WooRequest("GET", path))
    assert (served.status, served.body) == (200, b"picture")
    # The same address again is another file; its number keeps the first.
    again = [{"id": first["id"]}, {"src": "https://erp.example/a.png"}]
    shown = desk.ask("PUT", f"/products/{made['id']}", {"images": again}).body["images"]
    assert [each["name"] for each in shown] == ["a.png", "a-1.png"]
    missing = {"images": [{"src": "https://erp.example/b.png"}]}
    refused = desk.ask("PUT", f"/products/{made['id']}", missing)
    assert refused.body["code"] == "woocommerce_product_image_upload_error"


def test_a_category_that_is_gone_is_not_shown(desk: Desk) -> None:
    category = desk.ask("POST", "/products/categories", {"name": "Bolts"}).body["id"]
    number = desk.make(categories=[{"id": category}])["id"]
    desk.ask("DELETE", f"/products/categories/{category}", force="true")
    assert desk.ask("GET", f"/products/{number}").body["categories"] == []


def test_new_values_of_a_global_attribute_become_terms(desk: Desk) -> None:
    attribute = desk.ask("POST", "/products/attributes", {"name": "Finish"}).body["id"]
    desk.make(attributes=[{"id": attribute, "options": ["Zinc", "Black"]}])
    found = desk.ask("GET", f"/products/attributes/{attribute}/terms").body
    assert [(each["name"], each["count"]) for each in found] == [("Black", 1), ("Zinc", 1)]


def test_a_shop_of_many_is_listed_whole(desk: Desk) -> None:
    desk.shop.seed(products=250, variable=30)
    seen: list[int] = []
    for page in ("1", "2", "3"):
        query = {"per_page": "100", "page": page, "orderby": "id", "order": "asc"}
        seen += [each["id"] for each in desk.ask("GET", "/products", **query).body]
    assert len(seen) == len(set(seen)) == 280
    assert seen == sorted(seen)
    assert desk.ask("GET", "/variations").headers["x-wp-total"] == "120"


def test_a_shop_that_writes_a_comma_understands_both(desk: Desk) -> None:
    desk.shop.decimal_separator = ","
    assert desk.make(regular_price="1.234,50")["price"] == "1234.50"
    assert desk.make(regular_price="10.50")["price"] == "10.50"


def test_a_shop_that_manages_no_stock_drops_quantities_silently(desk: Desk) -> None:
    desk.ask("PUT", "/settings/products/woocommerce_manage_stock", {"value": "no"})
    made = desk.make(manage_stock=True, stock_quantity=4)
    assert (made["manage_stock"], made["stock_quantity"]) == (False, None)


def test_a_sku_with_a_comma_is_found_and_variations_are_by_codes_only(desk: Desk) -> None:
    desk.make(sku="A,1")
    parent, (small, _) = desk.shirt()
    desk.ask("PUT", f"/products/{parent}/variations/{small}", {"sku": "B-1"})
    found = {
        text: [each["sku"] for each in desk.ask("GET", "/products", **{name: text}).body]
        for name, text in (("sku", "A,1"), ("sku", "b-1,C"), ("search_sku", "B-"))
    }
    assert found == {"A,1": ["A,1"], "b-1,C": ["B-1"], "B-": ["B-1"]}
    assert desk.ask("GET", "/products", include=str(small)).body == []
    assert [each["id"] for each in desk.ask("GET", "/variations", include=str(small)).body] == [
        small
    ]


def test_named_tags_are_made_where_they_are_new(desk: Desk) -> None:
    made = desk.make(tags=[{"name": "Sale"}, {"name": "sale"}])
    assert [each["name"] for each in made["tags"]] == ["Sale"]


def test_products_of_one_second_have_no_order_of_their_own(desk: Desk) -> None:
    desk.shop.seed(products=60)
    desk.shop.shuffles_ties = True
    with desk.shop.locked() as database:
        database.execute("UPDATE product SET modified = '2026-11-24T12:00:00'")
    asked = {"orderby": "modified", "order": "asc", "per_page": "60"}
    orders = {
        tuple(each["id"] for each in desk.ask("GET", "/products", **asked).body) for _ in range(3)
    }
    assert len(orders) > 1
    assert {tuple(sorted(each)) for each in orders} == {tuple(range(1, 61))}


def test_a_plugin_may_refuse_a_request_or_an_item(desk: Desk) -> None:
    first, second = desk.make()["id"], desk.make()["id"]

    def refuse_second(_path: str, number: int) -> None:
        if number == second:
            raise refused("plugin_says_no", "Not today.", 403)

    desk.shop.between_items = refuse_second
    items = [{"id": each, "name": "New"} for each in (first, second)]
    body = desk.ask("POST", "/products/batch", {"update": items}).body["update"]
    assert (body[0]["name"], body[1]["error"]["code"]) == ("New", "plugin_says_no")

    def refuse_writes(request: WooRequest) -> None:
        if request.method == "PUT":
            raise refused("plugin_says_no", "Not today.", 403)

    desk.shop.before = refuse_writes
    assert desk.ask("PUT", f"/products/{first}", {"name": "Newer"}).status == 403
    assert desk.ask("GET", f"/products/{first}").body["name"] == "New"


def test_without_the_plugin_wordpress_answers_alone(desk: Desk) -> None:
    desk.shop.active = False
    assert desk.ask("GET", "/products").body["code"] == "rest_no_route"
    root = desk.shop.handle(WooRequest("GET", "/wp-json/")).body
    assert "wp/v2" in root["namespaces"]
    assert "wc/v3" not in root["namespaces"]


def test_with_plain_permalinks_there_is_no_interface(desk: Desk) -> None:
    assert desk.shop.handle(WooRequest("GET", "/nothing")).status == 404
    desk.shop.permalinks = False
    answer = desk.ask("GET", "/products")
    assert (answer.status, answer.headers["content-type"][:9]) == (404, "text/html")


def test_the_shop_itself_removes_a_sale_that_is_over(desk: Desk) -> None:
    sale = {"regular_price": "10.00", "sale_price": "8.00"}
    made = desk.make(**sale, date_on_sale_to="2026-11-24T14:00:00")
    assert end_sales(desk.shop) == []
    desk.now += dt.timedelta(hours=2)
    assert desk.ask("GET", f"/products/{made['id']}").body["price"] == "10.00"
    desk.happened.clear()
    assert end_sales(desk.shop) == [made["id"]]
    assert desk.happened == [("product.updated", made["id"])]
    shown = desk.ask("GET", f"/products/{made['id']}").body
    assert (shown["sale_price"], shown["date_on_sale_to"]) == ("", None)
    assert shown["date_modified_gmt"] == "2026-11-24T14:00:00"


def test_a_value_with_a_stroke_is_two_values(desk: Desk) -> None:
    made = desk.make(attributes=[{"name": "Size", "options": ["S|M", " L "]}])
    assert made["attributes"][0]["options"] == ["S", "M", "L"]
