"""Between the companion's rows and PanStore's words; pure and exact."""
