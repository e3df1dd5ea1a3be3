% nat
*filter
:INPUT DROP [0:0]
-A INPUT -d 10.0.0.1 -j ACCEPT
-A INPUT -s 10.0.0.1 -j ACCEPT
COMMIT
----
behind NAT
#1 accept: 0 terms
#2 accept, counted: 1 terms
