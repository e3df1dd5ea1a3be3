*filter
-A INPUT -j nothing -j
-F INPUT
-F NOWHERE
COMMIT
----
rules:2:13: error: table filter has no chain 'nothing', and iptables no such target [unknown-target]
  -A INPUT -j nothing -j
              ^~~~~~~
rules:4:4: error: table filter has no chain 'NOWHERE' [unknown-chain]
  -F NOWHERE
     ^~~~~~~
