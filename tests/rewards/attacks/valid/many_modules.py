# accepted
import array, bisect, collections, copy, csv, dataclasses, datetime, decimal, fractions, functools, hashlib, heapq
import itertools, json, math, operator, random, re, statistics, string, struct, time, typing, unicodedata, zlib
a, b = map(int, input().split())
print(functools.reduce(operator.add, (a, b)))
