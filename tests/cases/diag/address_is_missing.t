*filter
-A INPUT -s 1.2.3.4, -j DROP
COMMIT
----
rules:2:13: error: an address is missing in '1.2.3.4,' [address]
  -A INPUT -s 1.2.3.4, -j DROP
              ^~~~~~~~
