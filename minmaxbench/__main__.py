"""``python -m minmaxbench``."""

from minmaxbench.cli import main

if __name__ == "__main__":
    main()
