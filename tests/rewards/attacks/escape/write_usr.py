# wrong_answer runtime_error
open("/usr/lib/cohort_was_here", "w").write("x")
print(7)
