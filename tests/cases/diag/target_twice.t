*filter
-A INPUT -j DROP -j ACCEPT
COMMIT
----
rules:2:18: error: --jump is given twice [repeated-option]
  -A INPUT -j DROP -j ACCEPT
                   ^~~~~~~~~
rules:2:10: note: here is the first
  -A INPUT -j DROP -j ACCEPT
           ^~~~~~~
