*filter
-A INPUT -j DORP
COMMIT
----
rules:2:13: error: table filter has no chain 'DORP', and iptables no such target; did you mean 'DROP'? [unknown-target]
  -A INPUT -j DORP
              ^~~~
