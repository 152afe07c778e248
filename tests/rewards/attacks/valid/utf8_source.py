# accepted
größe, Δ = map(int, input().split())
print(größe + Δ)
