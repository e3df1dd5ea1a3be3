*filter
-A INPUT -s 1.2.3.4 -j DROP
-A INPUT -s 2001:db8::1 -j DROP
COMMIT
----
rules:3:13: error: '2001:db8::1' is an IPv6 address; these rules are for IPv4 [address]
  -A INPUT -s 2001:db8::1 -j DROP
              ^~~~~~~~~~~
