% state=own
*filter
:INPUT ACCEPT [0:0]
-A INPUT -m mark --mark 1 -m limit --limit 1/s -j ACCEPT
-A INPUT -j DROP
COMMIT
----
#1 pass: 0 terms
! accept
