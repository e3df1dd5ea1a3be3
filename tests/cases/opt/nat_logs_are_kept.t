% log=ring
*nat
:PREROUTING ACCEPT [0:0]
-A PREROUTING -s 10.0.0.1 -j LOG
COMMIT
*filter
:INPUT ACCEPT [0:0]
-A INPUT -j DROP
COMMIT
----
nat PREROUTING
#1 log: 1 terms
