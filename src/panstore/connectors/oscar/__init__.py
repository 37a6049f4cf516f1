"""django-oscar, by its companion's JSON API."""
