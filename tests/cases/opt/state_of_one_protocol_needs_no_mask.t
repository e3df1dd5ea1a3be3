*filter
:INPUT DROP [0:0]
-A INPUT -p udp --dport 53 -m state --state NEW,INVALID -j ACCEPT
-A INPUT -p tcp --syn --dport 22 -m state --state NEW,INVALID -j RETURN
-A INPUT -p udp -m state --state ESTABLISHED,RELATED -j ACCEPT
COMMIT
----
#1 accept: 2 terms whole
#2 return: 3 terms whole
! #3 accept: 1 terms whole
! connection
