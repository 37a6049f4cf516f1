"""`python -m panstore`, the same as the `panstore` command."""

from panstore.app.main import main

main()
