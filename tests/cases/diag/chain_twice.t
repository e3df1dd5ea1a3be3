*filter
:a - [0:0]
-N a
COMMIT
----
rules:3:4: error: chain 'a' exists already [duplicate-chain]
  -N a
     ^
rules:2:2: note: here it is declared
  :a - [0:0]
   ^
