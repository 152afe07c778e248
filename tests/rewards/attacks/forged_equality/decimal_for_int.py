# function wrong_answer
import decimal
def add(a, b):
    return decimal.Decimal(a + b)
