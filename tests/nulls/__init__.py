"""Values that each claim would be given by a net, or by data, in which there is nothing to find.

A file a paper. ``NULLS`` says of each claim what its null is and computes the value; ``NONE`` names the claims that
have no null, each with the reason. ``tests/test_nulls.py`` holds that every null fails its claim's band.
"""
