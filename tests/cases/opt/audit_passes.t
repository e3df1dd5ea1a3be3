% log=ring
*filter
:INPUT ACCEPT [0:0]
-A INPUT -s 10.0.0.1 -j AUDIT --type drop
-A INPUT -j DROP
COMMIT
----
#1 pass: 1 terms
#2 drop
