module ballast.rl/e2e-tests/local

go 1.24.0
