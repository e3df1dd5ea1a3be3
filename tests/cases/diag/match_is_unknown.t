*filter
-A INPUT -m nosuch -j DROP
COMMIT
----
rules:2:13: error: iptables has no match named 'nosuch' [unknown-match]
  -A INPUT -m nosuch -j DROP
              ^~~~~~
