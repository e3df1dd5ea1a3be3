% expects
*filter
:INPUT DROP [0:0]
-A INPUT -p udp -m state --state RELATED -j ACCEPT
COMMIT
----
#1 accept: 1 terms
