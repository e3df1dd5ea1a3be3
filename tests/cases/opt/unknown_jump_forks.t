% no-conntrack
*filter
:INPUT DROP [0:0]
:a - [0:0]
-A INPUT -m state --state NEW -j a
-A a -s 10.0.0.1 -j ACCEPT
COMMIT
----
#1 maybe jump a: 0 terms
#2 accept, counted: 1 terms
