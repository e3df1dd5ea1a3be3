*filter
-A INPUT -p udp --dport 90:80 -j DROP
COMMIT
----
rules:2:25: warning: no port is in the reversed range 90:80 [never-matches]
  -A INPUT -p udp --dport 90:80 -j DROP
                          ^~~~~
