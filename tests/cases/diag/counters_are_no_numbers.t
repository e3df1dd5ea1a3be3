*filter
-A INPUT -c 1 x -j DROP
COMMIT
----
rules:2:13: error: --set-counters needs two numbers, of packets and of bytes [counters]
  -A INPUT -c 1 x -j DROP
              ^
