*filter
-A INPUT -j accept
COMMIT
----
rules:2:13: error: table filter has no chain 'accept', and iptables no such target; did you mean 'ACCEPT'? [unknown-target]
  -A INPUT -j accept
              ^~~~~~
