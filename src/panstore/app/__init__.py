"""The composition root: settings, wiring, clock, logging. The only place that knows everyone."""
