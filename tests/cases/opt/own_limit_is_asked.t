% state=own
*filter
:INPUT ACCEPT [0:0]
-A INPUT -s 10.0.0.1 -m limit --limit 1/s -j ACCEPT
-A INPUT -j DROP
COMMIT
----
#1 pass: 2 terms whole short stub
#1 accept, counted: 2 terms whole short stub
#1 pass: 1 terms fragment
#2 drop
