*filter
-A INPUT --state NEW -j ACCEPT
COMMIT
----
rules:2:10: error: no option --state here; a match is loaded by -m NAME, or by -p in front of its option [unknown-option]
  -A INPUT --state NEW -j ACCEPT
           ^~~~~~~
