"""On the path while pip builds PufferLib 3.0.0.

With NO_OCEAN=1 its setup.py builds none of its own games, for which it would download a graphics library; it then reads
a list that only the games would have filled.
"""

import builtins

builtins.c_extension_paths = []
