# wrong_answer
# nothing
