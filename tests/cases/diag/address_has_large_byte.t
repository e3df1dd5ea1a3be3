*filter
-A INPUT -s 1.2.3.256 -j DROP
COMMIT
----
rules:2:13: error: '1.2.3.256' is no IPv4 address [address]
  -A INPUT -s 1.2.3.256 -j DROP
              ^~~~~~~~~
