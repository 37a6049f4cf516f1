"""A simulated ERP and simulated shops: in memory, deterministic, honest, and faulty on demand.

Nothing here has a clock or randomness of its own. `Scene` sets up a whole world;
`checker.judge` says at the end whether anything was lost, doubled or oversold.
"""

from panstore.testing.world.asked_shop import SimAskedShopConnector
from panstore.testing.world.checker import Case, Duties, judge
from panstore.testing.world.clock import SimClock
from panstore.testing.world.erp import SimErp
from panstore.testing.world.erp_connector import SimErpConnector
from panstore.testing.world.faults import Fault, Faults
from panstore.testing.world.history import Call, History
from panstore.testing.world.pricing import DatedPrice
from panstore.testing.world.reckoning import TRYTON_RULES, BookingRules
from panstore.testing.world.scene import Scene
from panstore.testing.world.shop import SimShop, SoldOutError
from panstore.testing.world.shop_connector import SimShopConnector
from panstore.testing.world.till import shipping_charge

__all__ = [
    "TRYTON_RULES",
    "BookingRules",
    "Call",
    "Case",
    "DatedPrice",
    "Duties",
    "Fault",
    "Faults",
    "History",
    "Scene",
    "SimAskedShopConnector",
    "SimClock",
    "SimErp",
    "SimErpConnector",
    "SimShop",
    "SimShopConnector",
    "SoldOutError",
    "judge",
    "shipping_charge",
]
