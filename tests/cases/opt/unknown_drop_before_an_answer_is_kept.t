% reject=answer
*filter
:INPUT ACCEPT [0:0]
-A INPUT -m mark --mark 1 -j DROP
-A INPUT -m mark --mark 2 -j REJECT --reject-with icmp-host-prohibited
-A INPUT -j REJECT
COMMIT
----
#1 maybe drop
#2 maybe drop
#3 answer
