"""What may leave a site that does not hand over whole tables: hidden cells, coarser levels, and what a reader can do
with them. Pure but for what reading a freeze needs; the one choke point is choke.py."""
