*mangle
:PREROUTING ACCEPT [0:0]
-A PREROUTING -s 10.0.0.1 -j CONNMARK --set-mark 1
COMMIT
*filter
:INPUT DROP [0:0]
-A INPUT -p udp -m state --state NEW -m connmark --mark 1 -j ACCEPT
COMMIT
----
#1 count: 1 terms, connection 0x200/0x200 whole
#1 pass: 1 terms, connection 0x0/0x200 whole
#1 pass: 1 terms short fragment stub
#3 accept: 1 terms
