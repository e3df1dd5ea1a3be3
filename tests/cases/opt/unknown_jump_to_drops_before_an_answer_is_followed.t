% reject=answer
*filter
:INPUT ACCEPT [0:0]
:OTHERS - [0:0]
-A INPUT -m mark --mark 1 -j OTHERS
-A INPUT -j REJECT
-A OTHERS -s 10.0.0.0/8 -j DROP
COMMIT
----
maybe jump OTHERS
