"""PanStore keeps web shops and an ERP in step in real time."""
