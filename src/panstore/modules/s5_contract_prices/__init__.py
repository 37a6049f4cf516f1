"""S5: a buyer with an agreement is shown, charged and invoiced the agreed price."""
