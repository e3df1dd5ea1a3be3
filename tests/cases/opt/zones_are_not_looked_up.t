*raw
:PREROUTING ACCEPT [0:0]
-A PREROUTING -i eth1 -j CT --zone 7
COMMIT
*filter
:INPUT DROP [0:0]
-A INPUT -p udp -m state --state ESTABLISHED -j ACCEPT
COMMIT
----
#3 accept: 1 terms
