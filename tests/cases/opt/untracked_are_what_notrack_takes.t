*raw
:PREROUTING ACCEPT [0:0]
-A PREROUTING -s 10.0.0.0/8 -p udp --dport 53 -j NOTRACK
-A PREROUTING -i eth7 -j NOTRACK
COMMIT
*filter
:INPUT ACCEPT [0:0]
-A INPUT -s 192.0.2.1 -p udp -m state --state NEW -j DROP
-A INPUT -p udp --dport 123 -m state --state NEW -j DROP
-A INPUT ! -s 10.0.0.0/8 -p udp -m state --state NEW -j DROP
-A INPUT -p tcp --syn -m state --state NEW -j DROP
-A INPUT -s 10.1.0.0/16 -p udp -m state --state NEW -j DROP
-A INPUT -p udp --sport 53 -m state --state NEW -j DROP
COMMIT
----
#4 drop: 2 terms
#5 drop: 2 terms
#6 drop: 2 terms
#7 drop: 2 terms
! #8 drop
