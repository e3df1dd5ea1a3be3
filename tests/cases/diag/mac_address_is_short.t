*filter
-A INPUT -m mac --mac-source 01:02:03:04:05 -j DROP
COMMIT
----
rules:2:30: error: '01:02:03:04:05' is no Ethernet address like 00:11:22:aa:bb:cc [mac-address]
  -A INPUT -m mac --mac-source 01:02:03:04:05 -j DROP
                               ^~~~~~~~~~~~~~
