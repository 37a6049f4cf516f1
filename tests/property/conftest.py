"""One Hypothesis profile for all property tests: no time limits, reproducible failures."""

from hypothesis import HealthCheck, settings

settings.register_profile(
    "panstore", deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("panstore")
