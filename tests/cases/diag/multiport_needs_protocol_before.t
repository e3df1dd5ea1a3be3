*filter
-A INPUT -m multiport --dports 80 -p tcp -j DROP
COMMIT
----
rules:2:23: error: multiport needs -p tcp, udp, udplite, sctp or dccp in front of it [needs-protocol]
  -A INPUT -m multiport --dports 80 -p tcp -j DROP
                        ^~~~~~~~~~~
