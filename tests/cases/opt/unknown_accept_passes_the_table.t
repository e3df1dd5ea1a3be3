*filter
:INPUT ACCEPT [0:0]
-A INPUT -m state --state ESTABLISHED -j ACCEPT
-A INPUT -s 10.0.0.0/8 -j DROP
COMMIT
----
#1 accept: 0 terms
#2 drop: 1 terms
