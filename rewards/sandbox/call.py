"""Calls a function of main.py with the arguments of descriptor 3 and writes what it returned to descriptor 4.

Nothing here knows what is expected: a program that writes to descriptor 4 itself can only be right or wrong. Types are
written as they are: a bool is no int, an int no float, and a subclass is none of them.
"""
import json
import os
import sys


def encode(value, out, depth=0):
    kind = type(value)
    if value is None:
        out.append(b"N")
    elif kind is bool:
        out.append(b"T" if value else b"F")
    elif kind is int:
        out.append(b"i%b;" % str(value).encode())
    elif kind is float:
        out.append(b"f%b;" % value.hex().encode())
    elif kind is str:
        text = value.encode("utf-8", "surrogatepass")
        out.append(b"s%d:%b" % (len(text), text))
    elif (kind is list or kind is tuple) and depth < 64:
        out.append(b"%b%d:" % (b"l" if kind is list else b"t", len(value)))
        for item in value:
            encode(item, out, depth + 1)
    elif kind is dict and depth < 64:
        out.append(b"d%d:" % len(value))
        for key, item in value.items():
            encode(key, out, depth + 1)
            encode(item, out, depth + 1)
    else:
        name = kind.__name__.encode("ascii", "replace")[:64]
        out.append(b"x%d:%b" % (len(name), name))


def read_all(descriptor):
    parts = []
    while part := os.read(descriptor, 1 << 16):
        parts.append(part)
    os.close(descriptor)
    return b"".join(parts)


def find(namespace, name):
    """A function of the program, or a method of its class Solution, as LeetCode has it."""
    if name in namespace or "Solution" not in namespace:
        return namespace[name]
    return getattr(namespace["Solution"](), name)


def call_and_exit(namespace, source):
    request = json.loads(read_all(3))
    exec(compile(source, os.path.join(os.getcwd(), "main.py"), "exec"), namespace)
    value = find(namespace, request["function"])(*request["args"])
    if hasattr(sys, "set_int_max_str_digits"):
        sys.set_int_max_str_digits(0)
    out = []
    encode(value, out)
    left = memoryview(b"".join(out))
    while left:
        left = left[os.write(4, left):]
    os._exit(0)


if __name__ == "__main__":
    import types

    # Not __main__: what a program does only when it is run, it does not do here.
    solution = types.ModuleType("solution")
    sys.modules["solution"] = solution
    with open("main.py", "rb") as file:
        text = file.read()
    call_and_exit(solution.__dict__, text)
