*filter
:INPUT ACCEPT [0:0]
-A INPUT -i eth0 -j DROP
-A INPUT -i eth1 -j DROP
-A INPUT -i eth+ -j DROP
-A INPUT ! -i eth1 -j DROP
COMMIT
----
#1 drop: 0 terms
#3 drop: 0 terms
#4 drop: 0 terms
! #2
