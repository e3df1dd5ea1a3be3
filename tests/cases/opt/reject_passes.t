*filter
:INPUT ACCEPT [0:0]
-A INPUT -s 10.0.0.1 -j REJECT
-A INPUT -j DROP
COMMIT
----
#1 pass: 1 terms
