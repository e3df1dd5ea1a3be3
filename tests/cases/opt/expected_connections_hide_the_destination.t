% expects
*nat
:PREROUTING ACCEPT [0:0]
-A PREROUTING -p tcp --dport 80 -j REDIRECT --to-ports 8080
COMMIT
*filter
:INPUT DROP [0:0]
-A INPUT -p tcp --dport 8080 -j ACCEPT
COMMIT
----
! nat PREROUTING
filter INPUT behind NAT
#3 accept: 1 terms whole
