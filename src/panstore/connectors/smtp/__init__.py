"""Mail through a server's submission port."""
