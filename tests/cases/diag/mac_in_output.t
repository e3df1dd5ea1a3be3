*filter
-A OUTPUT -m mac --mac-source 01:02:03:04:05:06 -j DROP
COMMIT
----
rules:2:11: error: the kernel has no mac in chain OUTPUT [wrong-chain]
  -A OUTPUT -m mac --mac-source 01:02:03:04:05:06 -j DROP
            ^~~~~~
