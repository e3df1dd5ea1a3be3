*filter
:a - [0:0]
-A INPUT -j a
-A a -j a
COMMIT
----
rules:4:9: error: chain a jumps to itself [chain-loop]
  -A a -j a
          ^
