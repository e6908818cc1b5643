"""The algorithms, a file a family.

Called, it lists them: see :func:`minmaxbench.api.catalogue.algorithms`.
"""

from minmaxbench.core.catalogue import make_callable

make_callable(__name__)
