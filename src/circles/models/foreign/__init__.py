"""Anyone's checkpoint of a one-layer transformer on two operands.

``reading`` opens a stranger's file and trusts nothing in it; ``wrapping`` finds the weights in what was saved;
``layouts`` names and shapes them alike, whoever wrote them; ``said`` reads what the file says of itself; ``meaning``
settles what neither says; ``load`` does it all.
"""
