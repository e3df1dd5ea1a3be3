*nat
-A PREROUTING -j DROP
COMMIT
----
rules:2:18: error: iptables allows no DROP in table nat: only the first packet of a connection comes by [wrong-table]
  -A PREROUTING -j DROP
                   ^~~~
