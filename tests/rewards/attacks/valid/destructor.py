# accepted
class Last:
    def __del__(self):
        print(7)
last = Last()
