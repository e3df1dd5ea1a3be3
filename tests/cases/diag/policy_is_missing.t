*filter
-P INPUT
COMMIT
----
rules:2:1: error: --policy needs two arguments [missing-argument]
  -P INPUT
  ^~~~~~~~
