% no-conntrack
*filter
:INPUT ACCEPT [0:0]
-A INPUT -m state --state INVALID -j DROP
-A INPUT -s 10.0.0.0/8 -j DROP
COMMIT
----
! #1
