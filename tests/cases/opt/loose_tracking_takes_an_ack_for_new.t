% loose
*filter
:INPUT DROP [0:0]
-A INPUT -p tcp --tcp-flags FIN,SYN,RST,ACK ACK -m state --state NEW -j DROP
-A INPUT -p tcp --tcp-flags FIN,SYN,RST,ACK ACK -m state --state INVALID -j ACCEPT
COMMIT
----
#1 drop: 2 terms, not mergeable, connection 0x0/0x8 whole
#2 accept: 2 terms, mergeable, connection 0x8/0x8 whole
