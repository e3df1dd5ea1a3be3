*filter
-A INPUT -p tpc -j DROP
COMMIT
----
rules:2:13: error: 'tpc' is neither a protocol of 0-255 nor a name in /etc/protocols [protocol]
  -A INPUT -p tpc -j DROP
              ^~~
