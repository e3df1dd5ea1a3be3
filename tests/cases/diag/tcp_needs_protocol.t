*filter
-A INPUT -m tcp --dport 80 -j DROP
COMMIT
----
rules:2:10: error: tcp needs -p tcp [needs-protocol]
  -A INPUT -m tcp --dport 80 -j DROP
           ^~~~~~
