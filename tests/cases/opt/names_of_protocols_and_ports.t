*filter
:INPUT ACCEPT [0:0]
-A INPUT -p tcp -m tcp --dport http -j DROP
COMMIT
====
*filter
:INPUT ACCEPT [0:0]
-A INPUT -p 6 -m tcp --dport 80 -j DROP
COMMIT
----

