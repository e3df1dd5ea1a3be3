% reject=drop
*filter
:INPUT ACCEPT [0:0]
-A INPUT -m mark --mark 1 -j DROP
-A INPUT -m mark --mark 2 -j REJECT
-A INPUT -j REJECT
COMMIT
----
! maybe drop
#3 drop
