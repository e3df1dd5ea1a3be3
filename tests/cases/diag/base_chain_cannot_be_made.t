*filter
-N INPUT
COMMIT
----
rules:2:4: error: 'INPUT' is a base chain and exists always [duplicate-chain]
  -N INPUT
     ^~~~~
