*filter
-A INPUT -p tcp --dpotr 80 -j DROP
COMMIT
----
rules:2:17: error: no option --dpotr here; did you mean --dport? [unknown-option]
  -A INPUT -p tcp --dpotr 80 -j DROP
                  ^~~~~~~
