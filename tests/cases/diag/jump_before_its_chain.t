*filter
-A INPUT -j later
:later - [0:0]
COMMIT
----
rules:2:13: error: table filter has no chain 'later', and iptables no such target [unknown-target]
  -A INPUT -j later
              ^~~~~
