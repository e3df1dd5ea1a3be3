% reject=answer
*mangle
:PREROUTING ACCEPT [0:0]
-A PREROUTING -m mark --mark 1 -j ACCEPT
-A PREROUTING -s 10.0.0.1 -j DROP
COMMIT
*filter
:INPUT ACCEPT [0:0]
-A INPUT -j REJECT
COMMIT
----
#1 pass
