"""Write docs/algorithms.md: every method card, from the registry. Some seconds."""

from pathlib import Path

from minmaxbench.report.methods import page

PAGE = Path(__file__).parent.parent / "docs" / "algorithms.md"

if __name__ == "__main__":
    PAGE.write_text(page())
    print(f"Written: {PAGE}")
