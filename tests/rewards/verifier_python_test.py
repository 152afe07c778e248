"""The verifier from Python. COHORT_LIBRARY and the folder of cohort_verifier.py come from the build."""

import sys
import threading

sys.path.insert(0, sys.argv[1])
from cohort_verifier import Verifier  # noqa: E402

verifier = Verifier()
result = verifier.grade(r"\frac{1}{2}", "Ärger, so it is \\boxed{0.5}.")
assert (result.score, result.verdict, result.extracted, result.rule) == (1.0, "equal", "0.5", "boxed"), result
response = "Ärger, so it is \\boxed{0.5}.".encode()
assert response[result.span[0]:result.span[1]] == b"0.5", result
assert verifier.grade("7", "it is 8").score == 0.0
assert verifier.grade("", "it is 8").score is None
assert verifier.grade(7, "it is 7").verdict == "equal"
assert verifier.grade(["7", "8"], "it is 8").verdict == "equal"
assert verifier.compare("x+1", "1+x").verdict == "equal"
assert verifier.grade("7", "\udc80 surrogate \\boxed{7} \0").verdict == "equal"
assert Verifier(strictness="boxed_only").grade("7", "it is 7").verdict == "unparsed"
assert Verifier(ordered_lists=True).compare("1, 2", "2, 1").verdict == "different"
assert verifier.reward(completions=["\\boxed{7}", [{"role": "assistant", "content": "8"}], "9"],
                       answer=["7", "7", ""], trainer_state=None) == [1.0, 0.0, None]
for wrong in ({"unit": "ignore"}, {"relative_tolerance": 2}):
    try:
        Verifier(**wrong)
        raise SystemExit(f"{wrong} was accepted")
    except ValueError as error:
        assert "math" in str(error), error
try:
    verifier.grade_batch(["1"], [])
    raise SystemExit("one gold answer for no response was accepted")
except ValueError:
    pass

golds = [str(i) for i in range(2000)]
texts = [f"so \\boxed{{{i}}}" for i in range(2000)]
failed = []
threads = [threading.Thread(target=lambda: failed.extend(r for r in verifier.grade_batch(golds, texts) if r.score != 1))
           for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert not failed, failed[:3]
print("ok")
