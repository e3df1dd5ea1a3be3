*filtre
-A INPUT -j DROP
COMMIT
----
rules:1:2: error: no table 'filtre'; did you mean 'filter'? [unknown-table]
  *filtre
   ^~~~~~
