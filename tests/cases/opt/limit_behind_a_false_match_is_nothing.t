*filter
:INPUT ACCEPT [0:0]
-A INPUT -i eth1 -m limit --limit 1/s -j ACCEPT
-A INPUT -j DROP
COMMIT
----
! pass
