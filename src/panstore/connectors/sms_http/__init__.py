"""SMS through the HTTP interface of a provider or of a gateway such as Kannel."""
