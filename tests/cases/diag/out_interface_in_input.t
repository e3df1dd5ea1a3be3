*filter
-A INPUT -o eth0 -j DROP
COMMIT
----
rules:2:10: error: packets in INPUT have no --out-interface [wrong-chain]
  -A INPUT -o eth0 -j DROP
           ^~~~~~~
