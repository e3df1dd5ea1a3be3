*filter
-A INPUT -p tcp --dport 99999 -j DROP
COMMIT
----
rules:2:25: error: port 99999 is out of range 0-65535 [port]
  -A INPUT -p tcp --dport 99999 -j DROP
                          ^~~~~
