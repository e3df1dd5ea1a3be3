% log=ring
*filter
:INPUT ACCEPT [0:0]
-A INPUT -m conntrack --ctstate INVALID -j LOG
-A INPUT -j DROP
COMMIT
----
#1 maybe log: 0 terms
#2 drop
