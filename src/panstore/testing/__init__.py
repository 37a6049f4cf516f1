"""Shipped test kit: a simulated world, a fault proxy and the conformance suites of the roles.

Nothing here is imported by the product itself. Connector authors use `panstore.testing.suites`,
tests of the engine use `panstore.testing.world`.
"""
