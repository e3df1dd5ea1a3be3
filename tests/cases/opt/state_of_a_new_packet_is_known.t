*filter
:INPUT DROP [0:0]
-A INPUT -m state --state RELATED,ESTABLISHED -j ACCEPT
-A INPUT -p tcp --dport 22 -m state --state NEW -j ACCEPT
-A INPUT -m state --state INVALID -j DROP
COMMIT
----
#1 accept: 0 terms, connection 0x4/0x4 whole
#1 accept: 0 terms fragment
#2 accept: 2 terms, connection 0x1/0x1 whole
#3 drop: 0 terms, connection 0x0/0x5 whole
#3 drop: 0 terms short stub
