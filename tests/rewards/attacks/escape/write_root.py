# wrong_answer runtime_error
open("/cohort_was_here", "w").write("x")
print(7)
