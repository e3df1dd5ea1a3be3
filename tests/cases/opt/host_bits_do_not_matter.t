*filter
:INPUT ACCEPT [0:0]
-A INPUT -s 10.1.2.3/8 -j DROP
COMMIT
====
*filter
:INPUT ACCEPT [0:0]
-A INPUT -s 10.0.0.0/8 -j DROP
COMMIT
----

