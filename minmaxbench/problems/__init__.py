"""The registry of test problems: planar functions, families for any dimension, lifts, instances.

Called, it lists them: see :func:`minmaxbench.api.catalogue.problems`.
"""

from minmaxbench.core.catalogue import make_callable

make_callable(__name__)
