"""The web server: message inbox, JSON API, health, metrics and the console's pages."""
