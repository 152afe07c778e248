# function accepted
add = lambda a, b: a + b
