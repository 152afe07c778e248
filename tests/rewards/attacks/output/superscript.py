# wrong_answer
print("\u2077")
