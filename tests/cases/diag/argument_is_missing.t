*filter
-A INPUT -j DROP -p
COMMIT
----
rules:2:18: error: --protocol needs an argument [missing-argument]
  -A INPUT -j DROP -p
                   ^~
