"""Drift reports: what both systems hold now, who moved, and the way back into step."""
