% legacy
*filter
:INPUT ACCEPT [0:0]
-A INPUT -p tcp -m multiport --dports 80,81,82 -j DROP
COMMIT
====
*filter
:INPUT ACCEPT [0:0]
-A INPUT -p tcp -m multiport --dports 80:82 -j DROP
COMMIT
----

