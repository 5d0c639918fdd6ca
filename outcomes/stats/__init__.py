"""The exact kernel: integer tables in, frozen answers out. No Django, no data frames.

Every function reads counts (value -> how many), sums or cross products, reckons in integers and
fractions, and turns to floating point once, at the end. Tables that add up therefore give the same
answer, bit for bit, as the rows they were counted from.
"""
