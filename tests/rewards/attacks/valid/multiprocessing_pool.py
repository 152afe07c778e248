# accepted
import multiprocessing
def add(pair):
    return sum(pair)
if __name__ == "__main__":
    with multiprocessing.get_context("fork").Pool(2) as pool:
        print(pool.map(add, [tuple(map(int, input().split()))])[0])
