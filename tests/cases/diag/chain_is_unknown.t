*filter
-A INPT -j DROP
COMMIT
----
rules:2:4: error: table filter has no chain 'INPT'; did you mean 'INPUT'? [unknown-chain]
  -A INPT -j DROP
     ^~~~
