*raw
:PREROUTING ACCEPT [0:0]
-A PREROUTING -m state --state NEW -j ACCEPT
-A PREROUTING -s 10.0.0.1 -j LOG
COMMIT
----
#1 pass: 0 terms
