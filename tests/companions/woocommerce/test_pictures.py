"""Pictures of products, known by their content whatever WordPress does to the files."""

from __future__ import annotations

import base64
import hashlib
import itertools
from typing import Any

import pytest

from panstore.testing.suites import small_picture
from tests.companions.woocommerce.shop import Answer, Shop

pytestmark = pytest.mark.wordpress

_numbers = itertools.count(1)


def _picture() -> tuple[str, bytes]:
    content = small_picture(next(_numbers))
    return hashlib.sha256(content).hexdigest(), content


def _add(
    shop: Shop, product: int, digest: str, content: bytes, name: str = "slika č.png"
) -> Answer:
    body = {
        "product": product,
        "digest": digest,
        "name": name,
        "base64": base64.b64encode(content).decode(),
    }
    return shop.call("POST", "product-images", body)


def _shown(shop: Shop, product: int) -> list[str]:
    answer = shop.call("GET", "product-images", query={"ids": str(product)})
    assert answer.status == 200, answer
    (item,) = answer.body["items"]
    return [image["digest"] for image in item["images"]]


def _arrange(shop: Shop, product: int, *digests: str) -> dict[str, Any]:
    body = {"items": [{"product": product, "images": list(digests)}]}
    (outcome,) = shop.call("PUT", "product-images", body).body["items"]
    found: dict[str, Any] = outcome
    return found


def test_pictures_are_added_once_after_those_there_are(shop: Shop) -> None:
    product = shop.product()
    pictures = [_picture() for _ in range(3)]
    for digest, content in pictures:
        assert _add(shop, product, digest, content).body == {"digest": digest, "added": True}
        assert _add(shop, product, digest, content).body == {"digest": digest, "added": False}
    digests = [digest for digest, _ in pictures]
    assert _shown(shop, product) == digests
    for digest, content in pictures:
        query = {"product": str(product), "digest": digest}
        told = shop.call("GET", "product-image", query=query).body
        assert base64.b64decode(told["base64"]) == content
        assert told["name"].endswith(".png")


def test_the_order_and_which_are_shown_is_said_whole(shop: Shop) -> None:
    product = shop.product()
    pictures = [_picture() for _ in range(3)]
    for digest, content in pictures:
        _add(shop, product, digest, content)
    one, two, three = (digest for digest, _ in pictures)
    for wanted in ([three, one, two], [two], [], []):
        assert _arrange(shop, product, *wanted)["outcome"] == "done"
        assert _shown(shop, product) == wanted
    assert _arrange(shop, product, one)["error"]["code"] == "unknown_image"
    assert _add(shop, product, one, pictures[0][1]).body["added"] is True
    count = shop.wordpress.php(
        "return count( get_posts( array( 'post_type' => 'attachment', 'post_status' => 'inherit',"
        " 'fields' => 'ids', 'numberposts' => -1, 'post_parent' => $given['id'] ) ) );",
        id=product,
    )
    assert count == 3, "it was in the media library still"


def test_a_picture_of_a_person_is_known_by_its_content(shop: Shop) -> None:
    product, (digest, content) = shop.product(), _picture()
    shop.wordpress.php(
        """
        require_once ABSPATH . 'wp-admin/includes/image.php';
        $file = wp_upload_bits( 'by-hand.png', null, base64_decode( $given['content'] ) )['file'];
        $id   = wp_insert_attachment( array( 'post_mime_type' => 'image/png' ), $file );
        update_post_meta( $given['product'], '_product_image_gallery', "$id,999999" );
        return 1;
        """,
        product=product,
        content=base64.b64encode(content).decode(),
    )
    for _ in range(2):
        assert _shown(shop, product) == [digest]


def test_a_file_in_its_place_is_another_picture(shop: Shop) -> None:
    product, (digest, content), (other, changed) = shop.product(), _picture(), _picture()
    _add(shop, product, digest, content)
    replace = """
    $id = (int) get_post_meta( $given['product'], '_thumbnail_id', true );
    $file = wp_upload_bits( 'new.png', null, base64_decode( $given['content'] ) )['file'];
    return update_attached_file( $id, $file );
    """
    encoded = base64.b64encode(changed).decode()
    assert shop.wordpress.php(replace, product=product, content=encoded)
    assert _shown(shop, product) == [other]
    lose = "return unlink( get_attached_file( get_post_meta( $given['p'], '_thumbnail_id', 1 ) ) );"
    shop.wordpress.php(lose, p=product)
    query = {"product": str(product), "digest": other}
    assert shop.call("GET", "product-image", query=query).status == 404


def test_what_is_no_picture_is_refused(shop: Shop) -> None:
    product, (digest, content) = shop.product(), _picture()
    variation = shop.product(parent=product)
    for answer, code in (
        (_add(shop, product, digest, b""), "not_an_image"),
        (_add(shop, product, digest, b"<?php evil();"), "not_an_image"),
        (_add(shop, product, digest, b"BM" + content), "not_an_image"),
        (_add(shop, product, digest, content + b"\0" * (10 << 20)), "too_large"),
        (_add(shop, product, "x" * 64, content), "invalid"),
        (_add(shop, variation, digest, content), "unknown_product"),
        (_add(shop, 77777777, digest, content), "unknown_product"),
    ):
        assert (answer.status, answer.body["code"]) == (422, code)
    assert _shown(shop, product) == []
    assert _arrange(shop, 77777777)["error"]["code"] == "unknown_product"


def test_a_name_cannot_make_a_file_of_another_kind_or_place(shop: Shop) -> None:
    product, (digest, content) = shop.product(), _picture()
    assert _add(shop, product, digest, content, "../../evil.php").status == 200
    told = shop.call("GET", "product-images", query={"ids": str(product)}).body
    name = told["items"][0]["images"][0]["name"]
    assert name.endswith(".png")
    assert "/" not in name


def test_products_that_are_not_there_are_left_out(shop: Shop) -> None:
    product = shop.product()
    told = shop.call("GET", "product-images", query={"ids": f"{product},77777777"}).body
    assert told == {"items": [{"product": product, "images": []}]}
