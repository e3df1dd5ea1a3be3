*filter
-A INPUT -m mark --mark one -j DROP
COMMIT
----
rules:2:25: error: --mark takes a number of 0-4294967295, with /MASK if need be, not 'one' [number]
  -A INPUT -m mark --mark one -j DROP
                          ^~~
