*filter
:INPUT ACCEPT [0:0]
-A INPUT -m iprange --src-range 10.0.0.0-10.0.255.255 -j DROP
COMMIT
====
*filter
:INPUT ACCEPT [0:0]
-A INPUT -s 10.0.0.0/16 -j DROP
COMMIT
----

