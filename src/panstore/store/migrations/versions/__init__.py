"""One file per revision: number_what_part."""
