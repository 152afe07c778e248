# wrong_answer
raise SystemExit
