*filter
-A INPUT -p tcp --dport nosuch -j DROP
COMMIT
----
rules:2:25: error: 'nosuch' is neither a port number nor a service of tcp in /etc/services [port]
  -A INPUT -p tcp --dport nosuch -j DROP
                          ^~~~~~
