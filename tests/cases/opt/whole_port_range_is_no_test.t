*filter
:INPUT ACCEPT [0:0]
-A INPUT -p tcp -m tcp --dport 0:65535 -j DROP
COMMIT
====
*filter
:INPUT ACCEPT [0:0]
-A INPUT -p tcp -m tcp -j DROP
COMMIT
----

