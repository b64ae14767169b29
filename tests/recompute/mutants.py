"""Does a test notice when the code that judges formulas is wrong? `nox -s mutants` tries it, one small error at a time.

The errors are those of Cosmic Ray: a comparison turned, a `not` more or less, `and` for `or`, another operator or
sign. Numbers one larger or smaller are left out: there are as many of them again, and where no test notices one it
mostly moves a limit by one, or takes another one of equal things. Every error is tried in a fork of the process that
has collected the tests. There the function that it stands in gets other code, and the tests that call this function
run, until one of them fails. Where none does, and for errors outside of functions, a new Python decides, which reads
the error from a copy of the sources and runs all of TESTS. The checkout itself is never changed. What no test notices
has to be explained in EXPLAINED.

mutmut was tried first. It selects tests by their names, and the names of these tests are formulas that pytest does not
take as arguments: every error seemed to be noticed.
"""

from __future__ import annotations

import gc
import os
import pickle
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import types
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import MutationVisitor, mutate_code
from cosmic_ray.plugins import get_operator, operator_names

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "recompute"
MODULES = ("evaluate", "tensor", "verdict", "world")
TESTS = [f"tests/recompute/test_{name}.py" for name in ("verdict", "tensor", "world", "evaluate", "ranges", "examples")]
OPTIONS = ["-x", "-q", "-s", "-p", "no:cacheprovider", "-p", "no:xdist", "-o", "addopts=--import-mode=importlib"]
OPERATORS = re.compile(  # of the ways to replace an operator one or two: those that a test notices least
    r"core/(AddNot|ReplaceAndWithOr|ReplaceOrWithAnd|ReplaceTrueWithFalse|ReplaceFalseWithTrue"
    r"|Replace(Break|Continue)With\w+|ZeroIterationForLoop|ExceptionReplacer|ReplaceUnaryOperator_Delete_\w+"
    r"|ReplaceBinaryOperator_(Add_Sub|Sub_Add|Mul_Div|Div_Mul|Pow_Mul)"
    r"|ReplaceComparisonOperator_(Lt_LtE|LtE_Lt|Gt_GtE|GtE_Gt|Eq_NotEq|NotEq_Eq|Is_IsNot|IsNot_Is|In_NotIn|NotIn_In))"
)
SECONDS = 30  # of computing, and ten times as many of waiting: what takes longer has been noticed
KILLED, UNCERTAIN = 1, 3  # exit codes of a fork, beside 0 where every test passes

# What no test notices, as the line with the error in it (a pattern), and why.
EXPLAINED = {
    r"strict=False": "the lengths are equal, and strict=True says so",
    r"frozen=False": "nothing assigns to these, and frozen=True says so",
    r"^if not TYPE_CHECKING": "imports for the types alone do no harm",
    r"(^| )/,( |$)": "a star in a signature, and no product",
    r"target\.array - circle": "the circle is the same one, begun at the opposite point",
    r"not value\.dtype == float|value\.dtype == float or": "a short cut to what `_index` computes as well",
    r"> (DEEP|ENDLESS):": "one quantity more on the stack, or one step back more",
    r"<= STEEP|>= MISSES \*|<= MISSES:|< VANISHES|badness < 1": "only a size equal to this limit could tell",
    r"not off < POLE|>= POLE": "only a size equal to this limit could tell",
    r"step >= 0|/ step <|signs\[0\] >= 0": "steps and signs are 1 or -1",
    r"value\.dtype != float|value\.ndim != 0": "a short cut to what `_index` computes as well",
    r"other\.array\.ndim\) < MATRIX": "a short cut to what `tensordot` computes as well",
    r"dots\[1:\], True\)": "behind the last factor stands nothing, which is asked as well",
    r"^POINTS = ": "other points would do as well",
}

SOURCES = {module: (PACKAGE / f"{module}.py").read_text(encoding="utf-8") for module in MODULES}
TREES = {module: get_ast(source) for module, source in SOURCES.items()}


def mutants(modules):
    """Every error, as its module, its operator, and which of the places where this operator applies."""
    for module in modules:
        for name in filter(OPERATORS.fullmatch, sorted(operator_names())):
            operator = get_operator(name)()
            for place in range(sum(1 for node in ast_nodes(TREES[module]) for _ in operator.mutation_positions(node))):
                yield module, name, place


def told(mutant):
    """Where an error stands, with the line before and after."""
    module, name, place = mutant
    before, after = SOURCES[module].splitlines(), mutate_code(SOURCES[module], get_operator(name)(), place).splitlines()
    line = next(number for number, (old, new) in enumerate(zip(before, after, strict=True)) if old != new)
    return f"{module}.py:{line + 1}", before[line].strip(), after[line].strip()


# in forks


def inner(code):
    return [const for const in code.co_consts if isinstance(const, types.CodeType)]


def own(code):
    """A code object without the functions inside it, and without its places in the file."""
    rest = tuple(const for const in code.co_consts if not isinstance(const, types.CodeType))
    return code.replace(co_consts=rest, co_linetable=b"")


def key(code):
    return code.co_filename, code.co_qualname, code.co_firstlineno, tuple(code.co_positions())


def differing(before, after):
    """The pairs of code objects that differ: of a module, its classes, its functions, and the functions inside them."""
    if before != after:
        yield before, after
        for pair in zip(inner(before), inner(after), strict=True):
            yield from differing(*pair)


def live_functions():
    """The functions of the package, by their code."""
    found = {}
    for function in gc.get_objects():
        if isinstance(function, types.FunctionType) and function.__code__.co_filename.startswith(str(PACKAGE)):
            found.setdefault(key(function.__code__), []).append(function)
    return found


def bring_in(mutant, live):
    """Give every function that an error changes its new code; return their keys, or None if it is in no function."""
    module, name, place = mutant
    mutated = (
        MutationVisitor(place, get_operator(name)()).walk(TREES[module]).get_code()
    )  # changes the tree of this fork
    pair = [compile(source, str(PACKAGE / f"{module}.py"), "exec") for source in (SOURCES[module], mutated)]
    changed = set()
    for before, after in differing(*pair):
        functions = live.get(key(before), [])
        if not functions and "<locals>" not in before.co_qualname and own(before) != own(after):
            return None
        for function in functions:
            function.__code__ = after
        changed.add(key(before))
    return changed


def forked(work):
    """Do `work` in a fork, whose exit code is what it returns."""
    pid = os.fork()
    if not pid:
        code = UNCERTAIN
        try:
            resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
            signal.alarm(10 * SECONDS)
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            code = work()
        finally:
            os._exit(code)
    return pid


def run(item):
    item.config.hook.pytest_runtest_protocol(item=item, nextitem=None)
    return item.session.testsfailed


def recorded(items, into):
    """Write down which functions every test calls. Done in a fork, since it leaves computed values behind."""
    files, calls = {str(PACKAGE / f"{module}.py") for module in MODULES}, {}
    for item in items:
        seen = {}

        def note(frame, event, _, seen=seen):
            if event == "call" and frame.f_code.co_filename in files:
                seen[id(frame.f_code)] = frame.f_code

        sys.setprofile(note)
        failed = run(item)
        sys.setprofile(None)
        if failed:
            return KILLED
        calls[item.nodeid] = {key(code) for code in seen.values()}
    into.write_bytes(pickle.dumps(calls))
    return 0


def tried(mutant, items, calls, live):
    changed = bring_in(mutant, live)
    callers = [item for item in items if changed and changed & calls[item.nodeid]]
    return KILLED if any(run(item) for item in callers) else 0 if callers else UNCERTAIN


class Trial:
    """A plugin of pytest that tries errors in place of running the tests once.

    Attributes:
        noticed: for every error whether a test fails; None where a fork cannot tell.
    """

    def __init__(self, modules, workers):
        self.modules, self.workers, self.noticed = modules, workers, {}

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session):
        live, running = live_functions(), {}
        with tempfile.TemporaryDirectory() as folder:
            record = Path(folder, "calls")
            os.waitpid(forked(lambda: recorded(session.items, record)), 0)
            if not record.exists():
                pytest.exit("these tests fail without any error: see nox -s tests", 1)
            calls = pickle.loads(record.read_bytes())  # noqa: S301 - written three lines above
        for mutant in mutants(self.modules):
            if len(running) >= self.workers:
                self.wait(running)
            running[forked(lambda mutant=mutant: tried(mutant, session.items, calls, live))] = mutant
        while running:
            self.wait(running)
        return True

    def wait(self, running):
        pid, status = os.wait()
        self.noticed[running.pop(pid)] = {0: False, UNCERTAIN: None}.get(os.waitstatus_to_exitcode(status), True)
        if len(self.noticed) % 100 == 0:
            print(f"\n{len(self.noticed)} errors tried", flush=True)


# in a new Python


def noticed_afresh(mutant):
    """Whether a test fails in a new Python that reads the error from a copy of the sources."""
    module, name, place = mutant
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, "recompute")
        shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
        (copy / f"{module}.py").write_text(mutate_code(SOURCES[module], get_operator(name)(), place), encoding="utf-8")
        path = os.pathsep.join([folder, os.environ.get("PYTHONPATH", "")])
        command = [sys.executable, "-m", "pytest", *OPTIONS, "--assert=plain", *TESTS]
        try:
            done = subprocess.run(
                command,
                cwd=ROOT,
                env=os.environ | {"PYTHONPATH": path},
                stdout=subprocess.DEVNULL,
                timeout=10 * SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return True
    return done.returncode != 0


def main(modules):
    os.chdir(ROOT)
    workers = os.cpu_count() or 1
    trial = Trial(modules or MODULES, workers)
    if code := pytest.main([*OPTIONS, *TESTS], plugins=[trial]):
        return code
    noticed = trial.noticed
    doubtful = [mutant for mutant, found in noticed.items() if not found]
    with ThreadPoolExecutor(workers) as pool:
        noticed |= dict(zip(doubtful, pool.map(noticed_afresh, doubtful), strict=True))
    unexplained, used = [], set()
    for mutant in (mutant for mutant, found in noticed.items() if not found):
        place, before, after = told(mutant)
        reasons = {pattern for pattern in EXPLAINED if re.search(pattern, after)}
        used |= reasons
        if not reasons:
            unexplained.append(f"{place}\n    - {before}\n    + {after}")
    for module in trial.modules:
        found = Counter(noticed[mutant] for mutant in noticed if mutant[0] == module)
        print(f"{module}: {found[True]} of {found.total()} errors are noticed")
    idle = [] if modules else [f"explains nothing any more: {pattern}" for pattern in EXPLAINED.keys() - used]
    print(*(f"noticed by no test, and not explained: {text}" for text in unexplained), *idle, sep="\n")
    return int(bool(unexplained or idle))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
