% no-conntrack
*filter
:INPUT DROP [0:0]
-A INPUT -p udp -m state --state ESTABLISHED -j ACCEPT
COMMIT
----
#1 accept: 1 terms
