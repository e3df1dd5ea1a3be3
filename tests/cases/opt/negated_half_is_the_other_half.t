*filter
:INPUT ACCEPT [0:0]
-A INPUT ! -s 0.0.0.0/1 -j DROP
COMMIT
====
*filter
:INPUT ACCEPT [0:0]
-A INPUT -s 128.0.0.0/1 -j DROP
COMMIT
----

