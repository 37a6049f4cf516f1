"""Plans that are kept: made, approved in part, applied; and old values written back."""
