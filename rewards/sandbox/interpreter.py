"""A Python that is started once and copied for each program: starting one takes 15 ms, a copy a tenth of that.

It serves in cohort_serve_interpreter(), which comes back only in a copy, inside a box, with all rights given up.
Arguments: whether it may choose users; then, where there are no namespaces, a folder for runs and what they are shown.
"""
import atexit
import ctypes
import gc
import os
import sys
import threading
import types

import call


def preload():
    """What programs commonly import: read and compiled once."""
    import bisect, collections, copy, dataclasses, datetime, decimal, enum, fractions, functools, heapq  # noqa: E401, F401
    import io, itertools, json, math, operator, random, re, statistics, string, typing  # noqa: E401, F401


def open_standard_streams():
    for number, (name, mode) in enumerate((("stdin", "r"), ("stdout", "w"), ("stderr", "w"))):
        errors = "backslashreplace" if name == "stderr" else "surrogateescape"
        stream = open(number, mode, encoding="utf-8", errors=errors, closefd=False)
        if name == "stderr":
            stream.reconfigure(line_buffering=True)
        setattr(sys, name, stream)
        setattr(sys, "__%s__" % name, stream)


def run_and_exit(source):
    """What `python main.py` does, up to how it ends."""
    code = 0
    main = types.ModuleType("__main__")
    main.__file__ = os.path.join(os.getcwd(), "main.py")
    sys.modules["__main__"] = main
    try:
        exec(compile(source, main.__file__, "exec"), main.__dict__)
    except SystemExit as exit:
        code = exit_code(exit.code)
    except BaseException:
        sys.excepthook(*sys.exc_info())
        code = 1
    try:
        threading._shutdown()
        atexit._run_exitfuncs()
        main.__dict__.clear()  # a __del__ of what was global may still print
        if not sys.stdout.closed:
            sys.stdout.flush()
    except BaseException:
        sys.excepthook(*sys.exc_info())
        code = code or 120
    try:
        if not sys.stderr.closed:
            sys.stderr.flush()
    finally:
        os._exit(code)


def exit_code(code):
    if code is None:
        return 0
    if isinstance(code, int):
        return code & 0xFF
    print(code, file=sys.stderr)
    return 1


def serve():
    preload()
    folder = os.path.dirname(os.path.abspath(__file__))
    library = ctypes.PyDLL(folder + "/interpreter.so")
    work = sys.argv[2].encode() if len(sys.argv) > 2 else None
    shown = (ctypes.c_char_p * (len(sys.argv) + 1))(*(path.encode() for path in sys.argv[3:]))
    gc.collect()
    gc.freeze()  # or each copy would touch, and so copy, every page that holds an object
    ctypes.pythonapi.PyOS_BeforeFork()
    task = library.cohort_serve_interpreter(int(sys.argv[1]), work, shown)
    if task < 0:
        os._exit(0)
    ctypes.pythonapi.PyOS_AfterFork_Child()
    open_standard_streams()
    sys.argv = ["main.py"]
    sys.path[0] = os.getcwd()
    with open("main.py", "rb") as file:
        return task, file.read()


task, source = serve()
if task == 0:
    run_and_exit(source)
solution = types.ModuleType("solution")
sys.modules["solution"] = solution
call.call_and_exit(solution.__dict__, source)
