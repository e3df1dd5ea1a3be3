*filter
-A INPUT -p tcp -m multiport --dports 22,80:80 -j DROP
COMMIT
----
rules:2:42: error: multiport wants the range 80:80 to grow; write 80 [port-range]
  -A INPUT -p tcp -m multiport --dports 22,80:80 -j DROP
                                           ^~~~~
