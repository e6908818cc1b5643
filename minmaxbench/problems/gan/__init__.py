"""GANs as problems: x is the generator's parameters, y the discriminator's, a lane is a seed."""
