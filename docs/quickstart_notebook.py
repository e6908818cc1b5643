"""Make the notebook of the quick start of its page: python docs/quickstart_notebook.py."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

PAGE = Path(__file__).with_name("quickstart.md")


def cells(page: str) -> list[tuple[str, str]]:
    """The page as cells: ``markdown`` and ``code``, by turns."""
    page = re.sub(
        r"The same steps are a notebook:[^\n]*", "This is the quick start as a notebook.", page
    )
    parts = re.split(r"```python\n(.*?)```", page, flags=re.DOTALL)
    kinds = ("markdown", "code")
    return [(kinds[k % 2], part.strip()) for k, part in enumerate(parts) if part.strip()]


def notebook(page: str) -> dict[str, Any]:
    """The notebook, in version 4 of its format."""
    made = []
    for number, (kind, text) in enumerate(cells(page)):
        cell = {"cell_type": kind, "id": f"cell-{number}", "metadata": {}, "source": text}
        made.append(cell | ({"outputs": [], "execution_count": None} if kind == "code" else {}))
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return {"cells": made, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}


if __name__ == "__main__":
    made = json.dumps(notebook(PAGE.read_text(encoding="utf-8")), indent=1)
    PAGE.with_suffix(".ipynb").write_text(made + "\n", encoding="utf-8")
