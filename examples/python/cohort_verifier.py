"""The mathematics verifier of cohort from Python, by ctypes: no build step, no dependency.

    verifier = Verifier(units="ignore")
    verifier.grade(gold=r"\\frac{1}{2}", response="so it is 0.5").score        # 1.0
    trainer = GRPOTrainer(..., reward_funcs=verifier.reward)                    # TRL; a column "answer" holds the gold

COHORT_LIBRARY names libcohort_rewards.so where it does not lie beside this file or on the loader's path. The call
releases Python's lock: a batch is graded on `threads` threads (0: one per processor).
"""

import ctypes
import json
import math
import os
from pathlib import Path
from typing import NamedTuple, Optional

_VERSION = 1


class _Text(ctypes.Structure):
    _fields_ = [("data", ctypes.c_char_p), ("size", ctypes.c_size_t)]


class _Pair(ctypes.Structure):
    _fields_ = [("gold", _Text), ("response", _Text)]


class _Result(ctypes.Structure):
    _fields_ = [("score", ctypes.c_double), ("verdict", ctypes.c_int32), ("is_probable", ctypes.c_int32),
                ("rule", ctypes.c_char_p), ("begin", ctypes.c_size_t), ("end", ctypes.c_size_t),
                ("extracted", ctypes.POINTER(ctypes.c_char)), ("extracted_size", ctypes.c_size_t),
                ("microseconds", ctypes.c_double)]


class Result(NamedTuple):
    score: Optional[float]  # 1.0 or 0.0; None where the gold answer or the budget failed
    verdict: str            # equal, different, unparsed, gold_unparsed, budget_exceeded, failed
    extracted: Optional[str]
    rule: str
    span: tuple             # bytes [begin, end) of the response in UTF-8
    is_probable: bool
    microseconds: float


def _load():
    beside = Path(__file__).with_name("libcohort_rewards.so")
    library = ctypes.CDLL(os.environ.get("COHORT_LIBRARY") or (str(beside) if beside.exists() else beside.name))
    if library.cohort_verifier_version() != _VERSION:
        raise ImportError(f"libcohort_rewards has interface {library.cohort_verifier_version()}, expected {_VERSION}")
    batch = [ctypes.c_void_p, ctypes.POINTER(_Pair), ctypes.c_size_t, ctypes.c_int32, ctypes.POINTER(_Result)]
    library.cohort_verifier_open.restype = ctypes.c_void_p
    library.cohort_verifier_open.argtypes = [ctypes.c_char_p, ctypes.c_char_p, ctypes.c_size_t]
    library.cohort_verifier_close.argtypes = [ctypes.c_void_p]
    library.cohort_verifier_grade.argtypes = library.cohort_verifier_compare.argtypes = batch
    library.cohort_verifier_release.argtypes = [ctypes.POINTER(_Result), ctypes.c_size_t]
    library.cohort_verdict_name.restype = ctypes.c_char_p
    return library


def _text(value):
    """A string as it is, a number or a list (of which any is right) as JSON."""
    data = (value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)).encode("utf-8", "replace")
    return _Text(data, len(data))


class Verifier:
    def __init__(self, threads=0, **options):
        self._library, self._threads, self.__name__ = _load(), threads, "cohort_math"
        words = {True: "true", False: "false"}
        text = ",".join(f"{key}={words.get(value, value) if isinstance(value, bool) else value}"
                        for key, value in options.items())
        error = ctypes.create_string_buffer(500)
        self._handle = self._library.cohort_verifier_open(text.encode(), error, len(error))
        if not self._handle:
            raise ValueError(error.value.decode())

    def __del__(self):
        if getattr(self, "_handle", None):
            self._library.cohort_verifier_close(self._handle)

    def _batch(self, call, golds, responses):
        if len(golds) != len(responses):
            raise ValueError(f"expected one gold answer per response, got {len(golds)} and {len(responses)}")
        pairs = (_Pair * len(golds))(*(_Pair(_text(g), _text(r)) for g, r in zip(golds, responses)))
        results = (_Result * len(golds))()
        call(self._handle, pairs, len(golds), self._threads, results)
        try:
            return [Result(None if math.isnan(r.score) else r.score,
                           self._library.cohort_verdict_name(r.verdict).decode(),
                           r.extracted[:r.extracted_size].decode("utf-8", "replace") if r.extracted else None,
                           r.rule.decode(), (r.begin, r.end), bool(r.is_probable), r.microseconds) for r in results]
        finally:
            self._library.cohort_verifier_release(results, len(golds))

    def grade_batch(self, golds, responses):
        """Looks for the answer in each response. A gold answer is a string, a number or a list of strings."""
        return self._batch(self._library.cohort_verifier_grade, golds, responses)

    def compare_batch(self, golds, answers):
        """Compares answers that were extracted already."""
        return self._batch(self._library.cohort_verifier_compare, golds, answers)

    def grade(self, gold, response):
        return self.grade_batch([gold], [response])[0]

    def compare(self, gold, answer):
        return self.compare_batch([gold], [answer])[0]

    def reward(self, completions, answer, **kwargs):
        """A reward function of TRL: 1.0, 0.0, or None where there is no score."""
        texts = [c if isinstance(c, str) else c[-1]["content"] for c in completions]
        return [result.score for result in self.grade_batch(answer, texts)]
