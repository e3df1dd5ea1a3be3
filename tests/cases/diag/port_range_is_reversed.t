*filter
-A INPUT -p tcp --dport 90:80 -j DROP
COMMIT
----
rules:2:25: error: port range 90:80 is reversed; write 80:90 [port-range]
  -A INPUT -p tcp --dport 90:80 -j DROP
                          ^~~~~
