*nat
-A PREROUTING -j MASQUERADE
COMMIT
----
rules:2:15: error: the kernel has no MASQUERADE in chain PREROUTING [wrong-chain]
  -A PREROUTING -j MASQUERADE
                ^~~~~~~~~~~~~
