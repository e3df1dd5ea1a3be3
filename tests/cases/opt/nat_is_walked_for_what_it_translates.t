*nat
:PREROUTING ACCEPT [0:0]
-A PREROUTING -s 10.0.0.1 -j ACCEPT
-A PREROUTING -m mark --mark 7 -j ACCEPT
-A PREROUTING -p tcp --dport 80 -j REDIRECT --to-ports 8080
COMMIT
*filter
:INPUT DROP [0:0]
-A INPUT -p tcp --dport 8080 -j ACCEPT
-A INPUT -d 10.0.0.9 -j RETURN
COMMIT
----
#1 accept, counted: 1 terms
! #2
#3 pass: 2 terms
#5 accept: 2 terms whole
#6 return: 1 terms, connection 0x200/0x200 whole
#6 maybe return: 0 terms, connection 0x0/0x200 whole
