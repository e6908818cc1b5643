"""Measure the report: python -m benchmarks.report_bars [large] [rows] [FOLDER ...].

``large``: the report of 120 problems and 60 algorithms, made up: bytes, seconds, and the first paint in
Chromium. ``rows``: what an analysis of ten million rows of traces takes. FOLDER: the report of a results
folder, seconds and memory. Each in a process of its own; time is of the wall, and of the processor.
"""

import asyncio
import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import numpy as np
import pandas as pd

from minmaxbench.algorithms.registry import ALGORITHMS
from minmaxbench.analysis.findings import findings
from minmaxbench.analysis.profile import profile
from minmaxbench.analysis.ranking import ranking
from minmaxbench.analysis.runtimes import costs, expected_runtimes
from minmaxbench.analysis.statistics import by_algorithm, by_verdict
from minmaxbench.bench.naming import problem_refs
from minmaxbench.problems.registry import PROBLEMS
from minmaxbench.record.targets import TARGETS, call_grid, hit_column
from minmaxbench.report.figures.traces import curves
from minmaxbench.report.html import write_report

BUDGET = 10_000.0
ROWS = 10_000_000
PROBLEMS_, ALGORITHMS_ = 120, 60


def made_up(problems, algorithms, seeds, seed=0):
    """Runs whose distance falls as a power of the calls, at a rate of the pair's; some never arrive."""
    rng, grid = np.random.default_rng(seed), call_grid(BUDGET)
    parts = []
    for problem in problems:
        for algorithm in algorithms:
            power = rng.choice([0.0, 0.5, 1.0, 2.0]) * rng.uniform(0.5, 1.5, seeds)
            trace = rng.uniform(0.5, 2, seeds)[:, None] * np.maximum(grid, 1.0) ** -power[:, None]
            with np.errstate(divide="ignore"):
                hits = {
                    t: np.where(power > 0, (trace[:, 0] / t) ** (1 / power), np.inf)
                    for t in TARGETS
                }
            columns = {
                "problem": problem, "instance": 0, "dx": 1, "dy": 1, "algorithm": algorithm,
                "method": algorithm, "parameters": "{}", "seed": np.arange(seeds), "start": "region",
                "budget": BUDGET, "outcome": "budget", "message": "", "equilibria": 1, "calls": BUDGET,
                "steps": 5000, "seconds": 0.01, "step_seconds": 1e-6, "distance": trace[:, -1],
                "verdict": np.where(trace[:, -1] < 1e-2, "equilibrium", "unfinished"),
                "trace_calls": [grid] * seeds, "trace_distance": list(trace.astype(np.float32)),
            }  # fmt: skip
            for target, calls in hits.items():
                for name in ("distance", "residual"):
                    columns[hit_column(name, target)] = np.where(calls <= BUDGET, calls, np.nan)
            parts.append(pd.DataFrame(columns))
    return pd.concat(parts, ignore_index=True)


def timed(name, work):
    began, of_processor = time.perf_counter(), time.process_time()
    found = work()
    wall, cpu = time.perf_counter() - began, time.process_time() - of_processor
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"{name}: {wall:.1f} s, {cpu:.1f} s of the processor, {most:.2f} GB at most", flush=True)
    return found


def large(folder):
    analytic = [n for n in PROBLEMS if PROBLEMS.get(n).analytic]
    refs = {(r.name, 0): r for r in problem_refs(analytic[:PROBLEMS_])}
    runs = made_up([name for name, _ in refs], list(ALGORITHMS)[:ALGORITHMS_], 5)
    study = {"start": "region", "seed": 0, "noise": {"gradient": 0.0, "value": 0.0}}
    about = {"name": "large", "study": study}
    path = timed(
        f"report of {PROBLEMS_} x {ALGORITHMS_}, {len(runs):,} runs",
        lambda: write_report(runs, folder / "large.html", about, refs),
    )
    print(f"{path.stat().st_size / 1e6:.1f} MB; first paint {asyncio.run(first_paint(path)):.2f} s")


async def first_paint(path):
    """Seconds from asking for a page to its first contentful paint, in headless Chromium."""
    from tornado.websocket import websocket_connect

    with tempfile.TemporaryDirectory() as home:
        browser = subprocess.Popen(
            [shutil.which("chromium") or "google-chrome", "--headless", "--no-sandbox", "--disable-gpu",
             "--no-first-run", f"--user-data-dir={home}", "--remote-debugging-port=0", "about:blank"],
            stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        try:
            port = (
                next(line for line in browser.stderr if "ws://" in line)
                .split(":")[-1]
                .split("/")[0]
            )
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/json") as told:
                page = next(one for one in json.load(told) if one["type"] == "page")
            line = await websocket_connect(page["webSocketDebuggerUrl"], max_message_size=2**26)
            await line.write_message(
                json.dumps({"id": 1, "method": "Page.navigate", "params": {"url": path.as_uri()}})
            )
            code = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0"
            for number in range(2, 200):
                await asyncio.sleep(0.3)
                asked = {"id": number, "method": "Runtime.evaluate", "params": {"expression": code}}
                await line.write_message(json.dumps(asked))
                answer = {}
                while answer.get("id") != number:
                    answer = json.loads(await line.read_message())
                if answer["result"]["result"].get("value"):
                    return answer["result"]["result"]["value"] / 1e3
        finally:
            browser.kill()
            browser.wait()
    return float("nan")


def rows():
    seeds = ROWS // (len(call_grid(BUDGET)) * 100 * 10) + 1
    runs = made_up([f"p{k}" for k in range(100)], [f"a{k}" for k in range(10)], seeds)
    number = len(runs) * len(call_grid(BUDGET))

    def analysed():
        by_algorithm(runs), by_verdict(runs), findings(runs)
        profile(runs, 1e-3, np.geomspace(1, BUDGET, 80))
        ranking(costs(runs, 1e-3))
        expected_runtimes(runs, 1e-3)
        for _, mine in runs.groupby(["problem", "algorithm"]):
            np.quantile(
                curves(mine, "trace_distance")[1], [0.1, 0.5, 0.9], axis=0, method="inverted_cdf"
            )

    timed(f"{number:,} rows of traces, {len(runs):,} runs", analysed)


def of_folder(folder, to):
    from minmaxbench.bench.results import load
    from minmaxbench.cli.report import write

    path = timed(f"report of {folder}", lambda: write(load(folder), Path(folder), to / "one.html"))
    print(f"{path.stat().st_size / 1e6:.1f} MB; first paint {asyncio.run(first_paint(path)):.2f} s")


def main():
    asked = sys.argv[1:] or ["large", "rows"]
    if len(asked) > 1:
        for one in asked:
            subprocess.run([sys.executable, "-m", "benchmarks.report_bars", one], check=True)
        return
    with tempfile.TemporaryDirectory() as place:
        if asked == ["large"]:
            large(Path(place))
        elif asked == ["rows"]:
            rows()
        else:
            of_folder(asked[0], Path(place))


if __name__ == "__main__":
    main()
