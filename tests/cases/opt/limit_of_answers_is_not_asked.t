% reject=drop
*filter
:INPUT ACCEPT [0:0]
-A INPUT -s 10.0.0.1 -m limit --limit 3/min -j REJECT
-A INPUT -m limit --limit 9/min -j REJECT
-A INPUT -j DROP
COMMIT
----
#1 pass
#3 drop
