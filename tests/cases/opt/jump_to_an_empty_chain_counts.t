*filter
:INPUT ACCEPT [0:0]
:a - [0:0]
-A INPUT -s 10.0.0.1 -j a
-A INPUT -j DROP
COMMIT
----
#1 count: 1 terms
