% legacy
*filter
:INPUT ACCEPT [0:0]
-A INPUT -p tcp -m tcp --dport 80 -j ACCEPT
COMMIT
----
#1 accept, counted: 2 terms whole
#1 drop, not counted: 1 terms short
