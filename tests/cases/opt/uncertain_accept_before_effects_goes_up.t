*raw
:PREROUTING ACCEPT [0:0]
-A PREROUTING -m realm --realm 1 -j ACCEPT
-A PREROUTING -s 10.0.0.1 -j LOG
COMMIT
----
#1 pass: 0 terms
