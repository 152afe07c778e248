# wrong_answer
print("")
