"""What is known of the extragradient."""

import numpy as np

from minmaxbench.testing import play


def test_on_xy_it_contracts_by_the_known_factor():
    d = play("extragradient", "bilinear_xy", (1.0, 0.5), 100, eta=0.1)
    np.testing.assert_allclose(np.array(d[1:]) / d[:-1], (0.99**2 + 0.01) ** 0.5, rtol=1e-12)
