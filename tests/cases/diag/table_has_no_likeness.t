*xyz
COMMIT
----
rules:1:2: error: no table 'xyz'; there are raw, mangle, nat, filter and security [unknown-table]
  *xyz
   ^~~
