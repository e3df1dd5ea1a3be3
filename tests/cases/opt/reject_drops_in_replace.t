% replace reject=drop
*filter
:INPUT ACCEPT [0:0]
-A INPUT -s 10.0.0.1 -j REJECT
COMMIT
----
#1 drop
