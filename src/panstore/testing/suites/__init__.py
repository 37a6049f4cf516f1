"""Conformance suites for connectors: inherit one per role and give a fixture `harness`.

    class TestMyShop(ConnectorSuite, CatalogueSuite, WriteStockSuite):
        @pytest.fixture
        async def harness(self) -> AsyncIterator[ShopHarness]: ...

A test is skipped only by a capability the connector declares, and none can be overridden. What
the harness must offer is typed in `panstore.testing.suites.harness` and `harness_orders`: a shop
needs `ShopHarness`, one that is told of orders `DeskHarness`, one that keeps its buyers' prices
`TiersHarness`, an ERP `ErpHarness`, one whose sales are followed `SalesHarness`, one whose parties
buy at prices of their own `AgreementHarness`, a system that sends messages `MessageHarness`
besides. For a real system put a `panstore.testing.proxy.FaultProxy` between it and the connector.
"""

import pytest

pytest.register_assert_rewrite(
    *(
        f"{__name__}.{module}"
        for module in (
            "asked_changes",
            "breaking",
            "cancelling",
            "catalogue",
            "change_feed",
            "connector",
            "documents",
            "erp_contracts",
            "erp_price_breaks",
            "erp_prices",
            "erp_stock",
            "following",
            "invoicing",
            "mail",
            "new_products",
            "products",
            "reserving",
            "sales",
            "shop_accounts",
            "shop_orders",
            "shop_prices",
            "shop_stock",
            "shop_tiers",
            "sms",
            "sold",
            "suite",
            "telling",
            "webhooks",
        )
    )
)

# Only after the line above, so that a failing suite shows the values it compared.
from panstore.testing.suites.asked_changes import ReadChangesSuite  # noqa: E402
from panstore.testing.suites.cancelling import CancelOrdersSuite  # noqa: E402
from panstore.testing.suites.catalogue import CatalogueSuite  # noqa: E402
from panstore.testing.suites.change_feed import ChangeFeedSuite, ProductFeedSuite  # noqa: E402
from panstore.testing.suites.connector import ConnectorSuite  # noqa: E402
from panstore.testing.suites.documents import ReadDocumentsSuite  # noqa: E402
from panstore.testing.suites.erp_contracts import (  # noqa: E402
    AgreementHarness,
    AgreementsSuite,
    ListLine,
)
from panstore.testing.suites.erp_price_breaks import PriceBreaksSuite  # noqa: E402
from panstore.testing.suites.erp_prices import ReadPricesSuite  # noqa: E402
from panstore.testing.suites.erp_stock import ReadStockSuite  # noqa: E402
from panstore.testing.suites.following import BookedOrdersSuite  # noqa: E402
from panstore.testing.suites.harness import (  # noqa: E402
    Disturbance,
    ErpHarness,
    GoodsHarness,
    Harness,
    MessageHarness,
    PlacedOrder,
    RemoteSale,
    ShopHarness,
    SignedMessage,
)
from panstore.testing.suites.harness_orders import (  # noqa: E402
    DeskHarness,
    RemotePaper,
    RemoteTold,
    SalesHarness,
)
from panstore.testing.suites.invoicing import IssueInvoicesSuite  # noqa: E402
from panstore.testing.suites.mail import (  # noqa: E402
    MailHarness,
    MailTrouble,
    SendMailSuite,
    TakenMail,
)
from panstore.testing.suites.new_products import CreateProductsSuite  # noqa: E402
from panstore.testing.suites.picture import small_picture  # noqa: E402
from panstore.testing.suites.products import ProductHarness, ProductsSuite  # noqa: E402
from panstore.testing.suites.proxied import disturb_through  # noqa: E402
from panstore.testing.suites.reserving import ReserveGoodsSuite  # noqa: E402
from panstore.testing.suites.sales import CreateOrdersSuite  # noqa: E402
from panstore.testing.suites.shop_accounts import (  # noqa: E402
    AccountHarness,
    AccountsSuite,
    ReadAccountsSuite,
)
from panstore.testing.suites.shop_orders import ReadOrdersSuite  # noqa: E402
from panstore.testing.suites.shop_prices import WritePricesSuite  # noqa: E402
from panstore.testing.suites.shop_stock import WriteStockSuite  # noqa: E402
from panstore.testing.suites.shop_tiers import StoredPricesSuite, TiersHarness  # noqa: E402
from panstore.testing.suites.sms import (  # noqa: E402
    SendTextsSuite,
    SmsHarness,
    SmsTrouble,
    TakenSms,
)
from panstore.testing.suites.suite import Suite, assert_exact  # noqa: E402
from panstore.testing.suites.telling import UpdateOrdersSuite  # noqa: E402
from panstore.testing.suites.webhooks import WebhookSuite  # noqa: E402

__all__ = [
    "AccountHarness",
    "AccountsSuite",
    "AgreementHarness",
    "AgreementsSuite",
    "BookedOrdersSuite",
    "CancelOrdersSuite",
    "CatalogueSuite",
    "ChangeFeedSuite",
    "ConnectorSuite",
    "CreateOrdersSuite",
    "CreateProductsSuite",
    "DeskHarness",
    "Disturbance",
    "ErpHarness",
    "GoodsHarness",
    "Harness",
    "IssueInvoicesSuite",
    "ListLine",
    "MailHarness",
    "MailTrouble",
    "MessageHarness",
    "PlacedOrder",
    "PriceBreaksSuite",
    "ProductFeedSuite",
    "ProductHarness",
    "ProductsSuite",
    "ReadAccountsSuite",
    "ReadChangesSuite",
    "ReadDocumentsSuite",
    "ReadOrdersSuite",
    "ReadPricesSuite",
    "ReadStockSuite",
    "RemotePaper",
    "RemoteSale",
    "RemoteTold",
    "ReserveGoodsSuite",
    "SalesHarness",
    "SendMailSuite",
    "SendTextsSuite",
    "ShopHarness",
    "SignedMessage",
    "SmsHarness",
    "SmsTrouble",
    "StoredPricesSuite",
    "Suite",
    "TakenMail",
    "TakenSms",
    "TiersHarness",
    "UpdateOrdersSuite",
    "WebhookSuite",
    "WritePricesSuite",
    "WriteStockSuite",
    "assert_exact",
    "disturb_through",
    "small_picture",
]
