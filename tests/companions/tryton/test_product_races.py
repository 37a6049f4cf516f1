"""Products written at the same moment, on PostgreSQL, where transactions really overlap."""

from __future__ import annotations

import uuid
from functools import partial

import psycopg
import pytest

from tests.companions.tryton.test_concurrency import Servers, at_once, outcome
from tests.companions.tryton.test_product_pages import new_page, page

pytestmark = [pytest.mark.real, pytest.mark.postgres]


def test_one_key_at_once_makes_one_product(erp_on_postgres: Servers) -> None:
    first, second, url = erp_on_postgres
    for _ in range(4):
        key = f"race/{uuid.uuid4().hex}/product"
        wanted = new_page(key)
        one, other = at_once(
            partial(first.gateway, "write_page", wanted),
            partial(second.gateway, "write_page", wanted),
        )
        assert one == other
        with psycopg.connect(url) as connection:
            for table, count in (("product_template", 1), ("product_product", 2)):
                query = f"SELECT count(*) FROM {table} WHERE panstore_key LIKE %s"
                assert connection.execute(query.encode(), [f"{key}%"]).fetchone() == (count,)


def test_of_two_writers_with_one_version_one_is_refused(erp_on_postgres: Servers) -> None:
    first, second, _ = erp_on_postgres
    made = first.gateway("write_page", new_page(f"race/{uuid.uuid4().hex}/product"))
    small, large = (row["id"] for row in made["variants"])
    for round_ in range(4):
        version = page(first, made["id"])["version"]
        writes = [
            {
                "id": made["id"],
                "version": version,
                # They touch different rows, so only the product's own row brings them together.
                "variants": [
                    {"id": id_, "key": "", "attributes": [["Izvedba", f"{name} {round_}"]]}
                ],
            }
            for id_, name in ((small, "first"), (large, "second"))
        ]
        outcomes = at_once(
            partial(outcome, partial(first.gateway, "write_page", writes[0])),
            partial(outcome, partial(second.gateway, "write_page", writes[1])),
        )
        assert sorted(outcomes) == ["changed_meanwhile", "done"]
