% log=ring
*filter
:INPUT ACCEPT [0:0]
-A INPUT -s 10.0.0.1 -j LOG
-A INPUT -j DROP
COMMIT
----
#1 log: 1 terms
#2 drop
