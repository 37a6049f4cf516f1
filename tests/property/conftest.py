"""Hypothesis profiles for all property tests: no time limits, reproducible failures.

`HYPOTHESIS_PROFILE=thorough pytest tests/property` looks twenty times as long.
"""

import os

from hypothesis import HealthCheck, settings

_ALWAYS = settings(deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("panstore", _ALWAYS, max_examples=50)
settings.register_profile("thorough", _ALWAYS, max_examples=1_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "panstore"))
