"""The demo's shop: a plain django-oscar project that sells the demo catalogue."""
