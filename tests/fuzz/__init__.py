"""Readers of foreign files against inputs made by Hypothesis: ``damage`` makes them, ``readers`` reads them."""
