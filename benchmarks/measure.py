"""What the benchmark scripts share: programs that run in turns, spreads, and results that say where they come from."""

import json
import os
import re
import statistics
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
MODEL = "models/SmolLM2-135M-Instruct.BF16.gguf"
LLAMA_CPP = ".oracle/llama.cpp/llama_cpp"
BUSY = 2.5  # a load average above which figures are not to be believed


def llama_cpp_rates(program, model, threads, batch, prompt, new, flash="auto"):
    """What scripts/compare/llama_cpp.cpp measures: a row for each batch size, as benchmark_decode has them."""
    return run_json([program, "decode", model, threads, prompt, new, batch, flash])


def llama_cpp_version(program):
    return next((ROOT / program).parent.glob("llama_cpp_python-*/")).name


def add_common_options(parser, rounds):
    parser.add_argument("--rounds", type=int, default=rounds, help="runs of each program")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--build", default="build/release", help="folder of cohort's programs")
    parser.add_argument("--result", help="name of the JSON file in benchmarks/results (that of the script)")


def run(command, **options):
    """Standard output of a program that runs in the project's folder. What it says on standard error shows if it fails."""
    command = [str(word) for word in command]
    done = subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, **options)
    if done.returncode:
        sys.exit(f"{in_words(command)}\nexit code {done.returncode}\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.stdout


def run_json(command, **options):
    return json.loads(run(command, **options).splitlines()[-1])


def in_turns(programs, rounds):
    """{name: results of each round}: A B C, A B C, …, so that what disturbs the machine disturbs all of them."""
    results = {name: [] for name in programs}
    for number in range(rounds):
        for name, program in programs.items():
            print(f"round {number + 1} of {rounds}: {name}", file=sys.stderr)
            results[name].append(program())
    return results


def summary(values):
    return {"median": statistics.median(values), "least": min(values), "most": max(values)}


def spread(values, digits=0, unit=""):
    """The median, with the least and the most."""
    unit = unit and " " + unit
    return f"{statistics.median(values):,.{digits}f}{unit} ({min(values):,.{digits}f} to {max(values):,.{digits}f})"


def in_words(command):
    """The command with paths as seen from the project's folder; none of this machine's own."""
    return " ".join(re.sub(r"(?<![\w.])/\S*/", "", str(word).replace(f"{ROOT}/", "")) for word in command)


def table(header, rows):
    return "\n".join("| " + " | ".join(map(str, row)) + " |" for row in [header, ["---"] * len(header), *rows])


def cpu_name():
    return re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())[1]


def require(path, remedy):
    if not (ROOT / path).exists():
        sys.exit(f"{path} is missing: {remedy}")
    return path


class Report:
    """The result of a script. Made before anything is measured: it remembers how busy the machine was then."""

    def __init__(self, options):
        self.name = options.result or Path(sys.argv[0]).stem
        self.load = os.getloadavg()[0]
        if self.load > BUSY:
            print(f"the load average is {self.load:.1f}: others use this machine", file=sys.stderr)

    def write(self, header, rows, **values):
        """Writes benchmarks/results/NAME.json and prints a table for RESULTS.md."""
        commit = run(["git", "describe", "--always", "--dirty", "--exclude=*"]).strip()
        result = {"commit": commit, "machine": cpu_name(), "load_before": round(self.load, 2),
                  "command": in_words(["python3", *sys.argv]), **values}
        folder = ROOT / "benchmarks/results"
        folder.mkdir(exist_ok=True)
        (folder / f"{self.name}.json").write_text(json.dumps(result, indent=1) + "\n")
        print(f"`{result['command']}`, {result['machine']}, commit {commit}\n\n{table(header, rows)}")
