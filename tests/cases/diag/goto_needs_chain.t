*filter
:over - [0:0]
-A INPUT -g ovre
COMMIT
----
rules:3:13: error: table filter has no chain 'ovre'; did you mean 'over'? [unknown-chain]
  -A INPUT -g ovre
              ^~~~
